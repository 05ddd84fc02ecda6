-- What each lead is known by: phone numbers and addresses of other channels. A lead may have several; each belongs to one lead.

CREATE TABLE lead_addresses (
    -- phone, sender, or the channel, see ChannelAddress.
    kind        text COLLATE "C" NOT NULL,
    -- The canonical form, for a phone number E.164.
    address     text COLLATE "C" NOT NULL,
    lead_id     uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    -- The lead named the number in a conversation, and no provider has confirmed it.
    is_claimed  boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    -- Also serves finding a lead by an address.
    PRIMARY KEY (kind, address)
);

-- A lead's addresses, oldest first.
CREATE INDEX lead_addresses_of_lead ON lead_addresses (lead_id, created_at);

-- leads.phone stays as the number that is shown first. The address is what identifies, so two leads that are merged may show one number.
ALTER TABLE leads DROP CONSTRAINT leads_phone_key;

-- Words that hidden callers send as digits were taken for numbers: RESTRICTED for one in Texas. They identify nobody.
UPDATE leads SET phone = NULL
WHERE phone IN ('+17378742833', '+7378742833', '+266696687', '+2562533', '+8656696', '+86282452253', '+17748283', '+7748283');

-- Numbers that are written in two ways, as PhoneNumber does it: Mexico, Brazil, Argentina, Benin.
UPDATE leads SET phone = CASE
    WHEN phone ~ '^\+521[2-9][0-9]{9}$' THEN '+52' || substr(phone, 5)
    WHEN phone ~ '^\+55[1-9][1-9][6-9][0-9]{7}$' THEN left(phone, 5) || '9' || substr(phone, 6)
    WHEN phone ~ '^\+54(11|[23][0-9])[0-9]{8}$' THEN '+549' || substr(phone, 4)
    ELSE '+22901' || substr(phone, 5)
END
WHERE phone ~ '^\+(521[2-9][0-9]{9}|55[1-9][1-9][6-9][0-9]{7}|54(11|[23][0-9])[0-9]{8}|229[0-9]{8})$';

-- Where two leads have the same number now, the older lead keeps it.
INSERT INTO lead_addresses (kind, address, lead_id, created_at)
SELECT 'phone', phone, id, created_at FROM leads WHERE phone IS NOT NULL ORDER BY created_at, id
ON CONFLICT DO NOTHING;

-- The legs of a call: the calls that name this call as their parent.
CREATE INDEX calls_of_parent ON calls (parent_call_sid) WHERE parent_call_sid IS NOT NULL;
