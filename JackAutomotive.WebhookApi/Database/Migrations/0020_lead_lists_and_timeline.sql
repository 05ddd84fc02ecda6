-- The search for leads, the order of their last contact, and one timeline for each lead.

-- The words of a text as they are searched: lower case, without accents, divided at everything that is neither a letter nor a digit. Accents
-- cost time, so pure ASCII skips them. Only the beginning of a very long text is searched, because Postgres limits a tsvector to 1 MB.
CREATE FUNCTION search_words(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple', regexp_replace(
        CASE WHEN octet_length(said) = length(said) THEN left(said, 200000)
        ELSE translate(left(said, 200000),
            'ÁÀÂÄÃÅáàâäãåÉÈÊËéèêëÍÌÎÏíìîïÓÒÔÖÕóòôöõÚÙÛÜúùûüÑñÇç',
            'aaaaaaaaaaaaeeeeeeeeiiiiiiiioooooooooouuuuuuuunncc') END,
        '[^[:alnum:]]+', ' ', 'g'))
$$;

ALTER TABLE messages
    ADD COLUMN words tsvector GENERATED ALWAYS AS (search_words(body)) STORED,
    -- The delivery that brought the text. No foreign key: the text outlives the inbox. The same holds for the columns below.
    ADD COLUMN delivery_id bigint;

UPDATE messages SET delivery_id = inbox.id FROM inbox
WHERE messages.direction = 'inbound' AND inbox.source = 'twilio' AND inbox.dedup_key = 'sms:' || messages.message_sid;

-- The search for words in texts. New entries wait in a short list, so that a new text costs little.
CREATE INDEX messages_words ON messages USING gin (words) WITH (gin_pending_list_limit = 512);

-- Leads that have written on another channel than sms.
CREATE INDEX messages_by_channel ON messages (channel, lead_id) WHERE channel <> 'sms';

ALTER TABLE conversations
    -- The words of the whole transcript.
    ADD COLUMN words tsvector,
    -- The delivery that brought the present transcript.
    ADD COLUMN delivery_id bigint;

UPDATE conversations SET words = search_words(spoken.message)
FROM (SELECT conversation_id, string_agg(message, ' ' ORDER BY position) AS message FROM conversation_turns GROUP BY conversation_id) AS spoken
WHERE spoken.conversation_id = conversations.conversation_id;

-- The search for words in transcripts.
CREATE INDEX conversations_words ON conversations USING gin (words);

-- The search for words in names.
CREATE INDEX leads_name_words ON leads USING gin (search_words(name)) WHERE name IS NOT NULL;

-- The search for the last digits of a number.
CREATE INDEX lead_addresses_from_end ON lead_addresses (reverse(address)) WHERE kind = 'phone';

-- When each lead and we were last in contact. A table of its own, because each contact changes the place in an index, and the row of the lead
-- has other indexes.
CREATE TABLE lead_contacts (
    lead_id          uuid PRIMARY KEY REFERENCES leads ON DELETE CASCADE,
    last_contact_at  timestamptz NOT NULL,
    -- The newest words are a text of the lead.
    is_unanswered    boolean NOT NULL DEFAULT false
);

INSERT INTO lead_contacts (lead_id, last_contact_at, is_unanswered)
SELECT id, greatest(leads.created_at, text.at, call.at, conversation.at), coalesce(text.at > conversation.at, text.at IS NOT NULL)
FROM leads
LEFT JOIN (SELECT lead_id, max(received_at) AS at FROM messages GROUP BY lead_id) AS text ON text.lead_id = leads.id
LEFT JOIN (SELECT lead_id, max(coalesce(ended_at, created_at)) AS at FROM calls GROUP BY lead_id) AS call ON call.lead_id = leads.id
LEFT JOIN (SELECT lead_id, max(coalesce(started_at, created_at)) AS at FROM conversations GROUP BY lead_id) AS conversation
    ON conversation.lead_id = leads.id;

-- Leads by their last contact, page by page.
CREATE INDEX lead_contacts_in_order ON lead_contacts (last_contact_at, lead_id);

-- Leads that wait for an answer.
CREATE INDEX lead_contacts_unanswered ON lead_contacts (last_contact_at, lead_id) WHERE is_unanswered;

-- The turns of a lead in the order of time, over all conversations. The lead follows the lead of the conversation.
ALTER TABLE conversation_turns
    ADD COLUMN lead_id uuid,
    -- When the turn was said: spoken_at, or if the start of the call is not known, a time before the transcript was made.
    ADD COLUMN occurred_at timestamptz;

UPDATE conversation_turns AS turn
SET lead_id = conversation.lead_id,
    occurred_at = coalesce(turn.spoken_at, conversation.created_at + turn.offset_seconds * interval '1 second')
FROM conversations AS conversation WHERE conversation.conversation_id = turn.conversation_id;

ALTER TABLE conversation_turns ALTER COLUMN lead_id SET NOT NULL, ALTER COLUMN occurred_at SET NOT NULL;
ALTER TABLE conversations ADD CONSTRAINT conversations_with_lead UNIQUE (conversation_id, lead_id);
ALTER TABLE conversation_turns
    DROP CONSTRAINT conversation_turns_conversation_id_fkey,
    ADD CONSTRAINT conversation_turns_of_conversation FOREIGN KEY (conversation_id, lead_id)
        REFERENCES conversations (conversation_id, lead_id) ON UPDATE CASCADE ON DELETE CASCADE;

CREATE INDEX conversation_turns_of_lead ON conversation_turns (lead_id, occurred_at) WHERE message IS NOT NULL;

-- The earliest time that was reported of a call. Later reports seldom change it.
ALTER TABLE calls
    ADD COLUMN began_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN delivery_id bigint;

UPDATE calls SET began_at = least(created_at, ringing_at, answered_at, ended_at);

ALTER TABLE recordings ADD COLUMN delivery_id bigint;
ALTER TABLE conversation_audio ADD COLUMN delivery_id bigint;
ALTER TABLE initiation_sessions ADD COLUMN delivery_id bigint;
ALTER TABLE live_reports ADD COLUMN delivery_id bigint;
ALTER TABLE conversation_analyses ADD COLUMN delivery_id bigint;

-- A lead's timeline: each kind of entry in the order of time.
CREATE INDEX calls_in_time ON calls (lead_id, began_at) WHERE lead_id IS NOT NULL;
CREATE INDEX conversations_in_time ON conversations (lead_id, (coalesce(started_at, created_at)));
CREATE INDEX initiation_sessions_in_time ON initiation_sessions (lead_id, created_at) WHERE lead_id IS NOT NULL;
DROP INDEX initiation_sessions_of_lead;

-- A lead's timeline: the events that no other table shows. Lines and texts, which are most of the log, have tables of their own.
CREATE INDEX lead_events_in_time ON lead_events (lead_id, type, occurred_at)
WHERE type NOT IN ('sms_received', 'conversation_user', 'conversation_agent', 'conversation_agent_corrected', 'interruption', 'silence_detected');
