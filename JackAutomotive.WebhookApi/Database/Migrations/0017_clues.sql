-- By which clue a call or a conversation was assigned to its lead, and through which channel a text came.

ALTER TABLE messages
    -- Null if the sender is hidden or cannot be dialled: such a text belongs to nobody.
    ALTER COLUMN lead_id DROP NOT NULL,
    -- sms, whatsapp, rcs, messenger and others: the way that an answer takes.
    ADD COLUMN channel text NOT NULL DEFAULT 'sms',
    -- From and To as the provider wrote them. An answer goes from the one to the other.
    ADD COLUMN sender text,
    ADD COLUMN recipient text,
    ADD COLUMN can_reply boolean NOT NULL DEFAULT true,
    -- STOP, START or HELP, as Twilio understood the text.
    ADD COLUMN opt_out_type text;

UPDATE messages SET sender = from_number, recipient = to_number WHERE direction = 'inbound';

-- The search for deliveries by sender.
CREATE INDEX messages_from ON messages (from_number);
CREATE INDEX calls_from ON calls (from_number) WHERE from_number IS NOT NULL;
CREATE INDEX calls_to ON calls (to_number) WHERE to_number IS NOT NULL;
CREATE INDEX conversations_with ON conversations (external_number) WHERE external_number IS NOT NULL;

-- Other strong clues that named another lead: [{"clue":"phone","leadId":"…"}].
ALTER TABLE conversations ADD COLUMN contradictions jsonb;
ALTER TABLE calls ADD COLUMN matched_by text, ADD COLUMN contradictions jsonb;
ALTER TABLE live_conversations ADD COLUMN matched_by text, ADD COLUMN contradictions jsonb;
