-- Fills a database with leads, each with texts and some with calls, and one lead with a long history.
-- psql variables: leads and texts, the numbers of both.
SET synchronous_commit = off;
SELECT setseed(0.5);

-- A vocabulary in which few words are common and most are rare, as in a language. Nobody's words.
CREATE TABLE bench_words (number integer PRIMARY KEY, word text NOT NULL, frequency double precision);
INSERT INTO bench_words (number, word)
SELECT n, string_agg(substr('bdfgklmnprst', 1 + (n * 7 + i * n / 13 + i * 5) % 12, 1) || substr('aeiou', 1 + (n / 12 + i * 3 + n * i) % 5, 1), '' ORDER BY i) || (n % 97)
FROM generate_series(0, 4999) AS n, generate_series(1, 3) AS i GROUP BY n;

-- Phrases of eight words, from which texts and turns are taken.
CREATE TABLE bench_phrases (number integer PRIMARY KEY, words text NOT NULL);
INSERT INTO bench_phrases
SELECT phrase, string_agg(word, ' ')
FROM (SELECT phrase, floor(power(random(), 4) * 5000)::integer AS number FROM generate_series(0, 99999) AS phrase, generate_series(1, 8)) AS chosen
JOIN bench_words USING (number) GROUP BY phrase;

INSERT INTO leads (id, phone, name, last_seq, created_at, updated_at)
SELECT ('01936a5e' || lpad(to_hex(i), 8, '0') || substr(md5(i::text), 1, 16))::uuid, '+1' || (2020000000 + i),
  initcap(first.word) || ' ' || initcap(last.word), 0, now() - (:leads - i) * interval '1 minute', now()
FROM generate_series(0, :leads - 1) AS i
JOIN bench_words AS first ON first.number = i * 31 % 400
JOIN bench_words AS last ON last.number = i * 17 % 5000;
INSERT INTO lead_addresses (kind, address, lead_id, created_at) SELECT 'phone', phone, id, created_at FROM leads;
INSERT INTO lead_contacts (lead_id, last_contact_at, is_unanswered) SELECT id, now() - random() * interval '300 days', random() < 0.03 FROM leads;
CREATE TABLE bench_leads AS SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, phone FROM leads;
CREATE UNIQUE INDEX ON bench_leads (number);

INSERT INTO staff (id, name, created_at, updated_at) SELECT gen_random_uuid(), 'Person ' || i, now(), now() FROM generate_series(1, 20) AS i;
INSERT INTO lead_assignees (lead_id, staff_id, assigned_by, assigned_at)
SELECT lead.id, member.id, 'bench', now()
FROM bench_leads AS lead JOIN (SELECT id, row_number() OVER () - 1 AS number FROM staff) AS member ON member.number = lead.number % 30;
INSERT INTO lead_labels (lead_id, label, added_by, added_at)
SELECT id, 'label ' || (number % 50), 'bench', now() FROM bench_leads WHERE number % 3 = 0;

-- The indexes of the texts are built afterwards, which is much faster.
SET maintenance_work_mem = '1GB';
CREATE TABLE bench_indexes AS SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'messages' AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'messages'::regclass);
SELECT format('DROP INDEX %I', indexname) FROM bench_indexes \gexec

-- Every 200th text belongs to one lead.
INSERT INTO messages (id, lead_id, direction, message_sid, from_number, to_number, body, received_at, channel)
SELECT gen_random_uuid(), lead.id, CASE n % 2 WHEN 0 THEN 'inbound' ELSE 'outbound' END, 'SM' || md5(n::text), lead.phone, '+12025550100',
  phrase.words, now() - random() * interval '300 days', CASE WHEN n % 4000 = 7 THEN 'whatsapp' ELSE 'sms' END
FROM generate_series(1, :texts) AS n
JOIN bench_leads AS lead ON lead.number = CASE WHEN n % 200 = 0 THEN 0 ELSE n % :leads END
JOIN bench_phrases AS phrase ON phrase.number = (n::bigint * 7919) % 100000;

SELECT indexdef FROM bench_indexes \gexec

-- Half as many conversations as leads, and 500 of the lead with the long history; each with ten turns, of that lead with forty.
INSERT INTO calls (call_sid, lead_id, direction, from_number, to_number, status, began_at, created_at, updated_at)
SELECT 'CA' || md5(n::text), lead.id, 'inbound', lead.phone, '+12025550100', 'completed', at, at, at
FROM generate_series(1, :leads / 2) AS n
JOIN bench_leads AS lead ON lead.number = CASE WHEN n <= 500 THEN 0 ELSE n END,
LATERAL (SELECT now() - (n % 300) * interval '1 day' - (n % 1440) * interval '1 minute' AS at) AS moment;
INSERT INTO conversations (conversation_id, lead_id, matched_by, call_sid, status, started_at, duration_seconds, summary, analysed_at, created_at, updated_at)
SELECT 'conv_' || call_sid, lead_id, 'phone', call_sid, 'done', began_at, 90, 'A summary.', began_at, began_at, began_at FROM calls;
INSERT INTO conversation_turns (conversation_id, position, role, message, offset_seconds, spoken_at, interrupted, lead_id, occurred_at)
SELECT conversation_id, i, CASE i % 2 WHEN 0 THEN 'agent' ELSE 'user' END, phrase.words, i * 4, at, false, lead_id, at
FROM (SELECT *, row_number() OVER () AS number, lead_id = (SELECT id FROM bench_leads WHERE number = 0) AS is_long FROM conversations) AS conversation
CROSS JOIN LATERAL generate_series(0, CASE WHEN is_long THEN 39 ELSE 9 END) AS i
CROSS JOIN LATERAL (SELECT started_at + i * interval '4 seconds' AS at) AS moment
JOIN bench_phrases AS phrase ON phrase.number = (conversation.number * 31 + i * 7) % 100000;
UPDATE conversations SET words = search_words(spoken.message)
FROM (SELECT conversation_id, string_agg(message, ' ') AS message FROM conversation_turns GROUP BY conversation_id) AS spoken
WHERE spoken.conversation_id = conversations.conversation_id;
INSERT INTO conversation_analyses (
  id, lead_id, kind, subject, message_sids, started_at, ended_at, engine, version, is_fallback, requested, input_hash, label, score, result,
  insights, revision, created_at, updated_at)
SELECT gen_random_uuid(), lead_id, 'call', conversation_id, '{}', started_at, started_at, 'rules', '1.0', false, 'rules 1.0', '\x00', 'neutral', 0,
  '{}', '{}', 1, started_at, started_at FROM conversations;
INSERT INTO lead_events (lead_id, seq, type, occurred_at, data)
SELECT lead_id, row_number() OVER (PARTITION BY lead_id ORDER BY received_at),
  CASE direction WHEN 'inbound' THEN 'sms_received' ELSE 'message_status' END, received_at, '{"messageSid":"SM0","status":"delivered"}'
FROM messages WHERE lead_id IN (SELECT id FROM bench_leads WHERE number % 10 = 0);

UPDATE bench_words SET frequency = counted.frequency
FROM (
  SELECT word, count(*)::double precision / 100000 AS frequency
  FROM bench_phrases, LATERAL (SELECT DISTINCT regexp_split_to_table(words, ' ') AS word) AS said GROUP BY word) AS counted
WHERE counted.word = bench_words.word;
DELETE FROM bench_words WHERE frequency IS NULL;
