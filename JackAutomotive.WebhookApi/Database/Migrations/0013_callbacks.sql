-- Callbacks that tell more than an earlier one about the same status, and recordings of conferences.

-- Every different report of a status is stored: the first often lacks the reason that a later one has. The state follows from all of them.
ALTER TABLE message_statuses DROP CONSTRAINT message_statuses_pkey;
CREATE UNIQUE INDEX message_statuses_once ON message_statuses (message_sid, status, error_code, md5(error_message)) NULLS NOT DISTINCT;

-- The calls that took part in a conference. Their leads are the leads of its recordings.
CREATE TABLE call_conferences (
    call_sid        text NOT NULL REFERENCES calls ON DELETE CASCADE,
    conference_sid  text NOT NULL,
    -- Also serves the conferences of a call.
    PRIMARY KEY (call_sid, conference_sid)
);

-- The calls of a conference.
CREATE INDEX call_conferences_by_conference ON call_conferences (conference_sid);

-- A recording of a conference has no call of its own.
ALTER TABLE recordings
    ALTER COLUMN call_sid DROP NOT NULL,
    ADD COLUMN conference_sid text,
    -- Only for a recording of a conference: the lead to whose watchers it was announced. Deleting the lead deletes the recording.
    ADD COLUMN conference_lead_id uuid REFERENCES leads ON DELETE CASCADE,
    ADD CONSTRAINT recordings_of_something CHECK (call_sid IS NOT NULL OR conference_sid IS NOT NULL);

-- The recordings of a conference.
CREATE INDEX recordings_of_conference ON recordings (conference_sid) WHERE conference_sid IS NOT NULL;

-- Deleting a lead.
CREATE INDEX recordings_of_lead ON recordings (conference_lead_id) WHERE conference_lead_id IS NOT NULL;
