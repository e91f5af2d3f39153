"""The tables. Projections are shaped for the screens; the log is what they come from.

``op`` is the record. Everything under PROJECTIONS can be rebuilt from it by ``apply``;
everything under LOCAL is a convenience of this store alone.
"""

from __future__ import annotations

LOG = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE op(
  desk INTEGER NOT NULL, dseq INTEGER NOT NULL, hlc INTEGER NOT NULL, kind INTEGER NOT NULL,
  ver INTEGER NOT NULL, scope INTEGER NOT NULL, ent BLOB NOT NULL, arg INTEGER, body TEXT NOT NULL,
  sum BLOB NOT NULL, PRIMARY KEY(desk, dseq)) WITHOUT ROWID;
"""

PEOPLE = """
CREATE TABLE contact(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, name TEXT NOT NULL DEFAULT '', email TEXT, phone TEXT,
  tier TEXT, source TEXT, lifecycle TEXT, birthday TEXT, note TEXT NOT NULL DEFAULT '',
  is_blocked INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL);
CREATE INDEX contact_email ON contact(email) WHERE email IS NOT NULL;
CREATE INDEX contact_phone ON contact(phone) WHERE phone IS NOT NULL;
CREATE TABLE contact_key(key TEXT PRIMARY KEY, contact INTEGER NOT NULL REFERENCES contact(id)) WITHOUT ROWID;
CREATE TABLE agent(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  role TEXT NOT NULL, capacity INTEGER NOT NULL, is_active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE team(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  is_active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE team_member(
  team INTEGER NOT NULL REFERENCES team(id), agent INTEGER NOT NULL REFERENCES agent(id),
  PRIMARY KEY(team, agent)) WITHOUT ROWID;
CREATE TABLE inbox(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  channel TEXT NOT NULL, hold_ms INTEGER NOT NULL, is_active INTEGER NOT NULL DEFAULT 1);
"""

CONVERSATION = """
CREATE TABLE conversation(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, ref TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,
  source TEXT, source_id TEXT, thread TEXT, lang TEXT,
  inbox INTEGER NOT NULL REFERENCES inbox(id), contact INTEGER NOT NULL REFERENCES contact(id),
  contact_name TEXT NOT NULL DEFAULT '', tier TEXT, subject TEXT NOT NULL DEFAULT '', stage TEXT,
  status TEXT NOT NULL DEFAULT 'open', priority INTEGER NOT NULL DEFAULT 1,
  assignee INTEGER REFERENCES agent(id), team INTEGER REFERENCES team(id), epoch INTEGER NOT NULL DEFAULT 0,
  waiting_since INTEGER, wait_floor INTEGER NOT NULL DEFAULT 0,
  opened_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, resolved_at INTEGER,
  snooze_kind TEXT, snooze_until INTEGER,
  message_count INTEGER NOT NULL DEFAULT 0, last_message INTEGER,
  preview TEXT NOT NULL DEFAULT '', preview_from TEXT NOT NULL DEFAULT '',
  marks INTEGER NOT NULL DEFAULT 0,
  sort_key INTEGER GENERATED ALWAYS AS (coalesce(waiting_since, 4503599627370496 - updated_at)) VIRTUAL,
  snooze_key INTEGER GENERATED ALWAYS AS (coalesce(snooze_until, 4503599627370496)) VIRTUAL);
CREATE UNIQUE INDEX conversation_source ON conversation(source, source_id) WHERE source_id IS NOT NULL;
CREATE UNIQUE INDEX conversation_thread ON conversation(inbox, thread) WHERE thread IS NOT NULL;
CREATE INDEX conversation_waiting ON conversation(waiting_since, id)
  WHERE status = 'open' AND waiting_since IS NOT NULL;
CREATE INDEX conversation_unassigned ON conversation(sort_key, id) WHERE status = 'open' AND assignee IS NULL;
CREATE INDEX conversation_mine ON conversation(assignee, sort_key, id) WHERE status = 'open';
CREATE INDEX conversation_all ON conversation(updated_at, id);
CREATE INDEX conversation_snoozed ON conversation(snooze_key, id) WHERE status = 'snoozed';
CREATE INDEX conversation_resolved ON conversation(resolved_at, id) WHERE status = 'resolved';
CREATE INDEX conversation_contact ON conversation(contact, id);
CREATE INDEX conversation_version ON conversation(version);
CREATE TABLE label(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE conversation_label(
  conversation INTEGER NOT NULL REFERENCES conversation(id), label INTEGER NOT NULL REFERENCES label(id),
  PRIMARY KEY(conversation, label)) WITHOUT ROWID;
CREATE INDEX conversation_label_label ON conversation_label(label, conversation);
"""

MESSAGE = """
CREATE TABLE message(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE,
  conversation INTEGER NOT NULL REFERENCES conversation(id), sender TEXT NOT NULL,
  author INTEGER REFERENCES agent(id), author_name TEXT NOT NULL DEFAULT '', text TEXT NOT NULL,
  at INTEGER NOT NULL, is_time_assumed INTEGER NOT NULL DEFAULT 0, hlc INTEGER NOT NULL,
  delivery TEXT, reason TEXT, external_id TEXT, rule TEXT);
CREATE INDEX message_conversation ON message(conversation, id);
CREATE UNIQUE INDEX message_external ON message(conversation, external_id) WHERE external_id IS NOT NULL;
CREATE TABLE event(
  id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversation(id), kind INTEGER NOT NULL,
  at INTEGER NOT NULL, agent INTEGER REFERENCES agent(id), body TEXT NOT NULL);
CREATE INDEX event_conversation ON event(conversation, id);
CREATE TABLE transfer(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, conversation INTEGER NOT NULL REFERENCES conversation(id),
  at INTEGER NOT NULL, by_agent INTEGER REFERENCES agent(id), to_agent INTEGER REFERENCES agent(id),
  to_team INTEGER REFERENCES team(id), reason TEXT NOT NULL);
CREATE INDEX transfer_conversation ON transfer(conversation, id);
CREATE TABLE attachment(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, message INTEGER NOT NULL REFERENCES message(id),
  name TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL DEFAULT '');
CREATE INDEX attachment_message ON attachment(message);
CREATE VIRTUAL TABLE message_index USING fts5(
  text, content='', columnsize=0, detail=full, tokenize='unicode61');
INSERT INTO message_index(message_index, rank) VALUES('secure-delete', 1);
"""

LOCAL = """
CREATE TABLE draft(
  conversation INTEGER NOT NULL, agent INTEGER NOT NULL, mode TEXT NOT NULL, session TEXT NOT NULL,
  text TEXT NOT NULL, cursor INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY(conversation, agent, mode, session)) WITHOUT ROWID;
CREATE INDEX draft_agent ON draft(agent, updated_at);
CREATE TABLE outbox(
  message INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, inbox INTEGER NOT NULL, state TEXT NOT NULL,
  release_at INTEGER NOT NULL, next_try_at INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0, reason TEXT);
CREATE INDEX outbox_state ON outbox(state, release_at);
CREATE TABLE undo(
  id INTEGER PRIMARY KEY, agent INTEGER NOT NULL, conversation INTEGER NOT NULL, kind TEXT NOT NULL,
  message INTEGER, before TEXT NOT NULL, until INTEGER NOT NULL);
CREATE TABLE lease(inbox INTEGER PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL);
CREATE TABLE reply_use(
  reply TEXT NOT NULL, agent INTEGER NOT NULL, uses INTEGER NOT NULL, last_used_at INTEGER NOT NULL,
  PRIMARY KEY(reply, agent)) WITHOUT ROWID;
"""

_VIEWS_OF = """
  SELECT 'all', 0 UNION ALL
  SELECT {row}.status, 0 UNION ALL
  SELECT 'waiting', 0 WHERE {row}.status = 'open' AND {row}.waiting_since IS NOT NULL UNION ALL
  SELECT 'unassigned', 0 WHERE {row}.status = 'open' AND {row}.assignee IS NULL UNION ALL
  SELECT 'mine', {row}.assignee WHERE {row}.status = 'open' AND {row}.assignee IS NOT NULL
"""


def _count(row: str, step: int) -> str:
    views = _VIEWS_OF.format(row=row)
    return f"""INSERT INTO view_count(view, agent, n)
  SELECT view, agent, {step} FROM (SELECT '' AS view, 0 AS agent WHERE 0 UNION ALL {views}) WHERE true
  ON CONFLICT(view, agent) DO UPDATE SET n = n + {step};"""  # noqa: S608 - fixed texts


COUNTS = f"""
CREATE TABLE view_count(view TEXT NOT NULL, agent INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(view, agent)) WITHOUT ROWID;
CREATE TRIGGER conversation_counted AFTER INSERT ON conversation BEGIN {_count("new", 1)} END;
CREATE TRIGGER conversation_uncounted AFTER DELETE ON conversation BEGIN {_count("old", -1)} END;
CREATE TRIGGER conversation_recounted AFTER UPDATE OF status, assignee, waiting_since ON conversation
WHEN old.status IS NOT new.status OR old.assignee IS NOT new.assignee
  OR (old.waiting_since IS NULL) IS NOT (new.waiting_since IS NULL)
BEGIN {_count("old", -1)} {_count("new", 1)} END;
"""

PRIOR_FLOOR = """
ALTER TABLE conversation ADD COLUMN prior_floor INTEGER NOT NULL DEFAULT 0;
"""
"""Where the wait that a resolve or a snooze ended had begun: who opens it again brings that wait back."""

EXTERNAL_IDS = """
DROP INDEX message_external;
CREATE UNIQUE INDEX message_external ON message(conversation, external_id)
  WHERE external_id IS NOT NULL AND sender = 'customer';
"""
"""A channel numbers what comes in and what goes out on its own: only what comes in must be unique."""

OUTBOX_ORDER = """
CREATE INDEX outbox_conversation ON outbox(conversation, message);
"""

SEARCH = """
ALTER TABLE conversation ADD COLUMN heading INTEGER;
CREATE VIRTUAL TABLE heading_index USING fts5(
  name, subject, content='', columnsize=0, detail=full, tokenize='unicode61');
INSERT INTO heading_index(heading_index, rank) VALUES('secure-delete', 1);
CREATE INDEX message_note ON message(conversation) WHERE sender = 'note';
CREATE INDEX conversation_assignee ON conversation(assignee, id) WHERE assignee IS NOT NULL;
"""
"""What search needs besides the words of messages: names, subjects, notes, who has what."""

ERASED = """
ALTER TABLE contact ADD COLUMN erased_at INTEGER;
ALTER TABLE conversation ADD COLUMN erased_at INTEGER;
"""
"""Whose words, and the words of which conversation, were erased, and when (UTC ms)."""

QUEUE_KEY_COLUMN = """
ALTER TABLE conversation ADD COLUMN queue_key INTEGER NOT NULL DEFAULT 0;
DROP INDEX conversation_unassigned;
DROP INDEX conversation_mine;
"""
QUEUE_KEY_INDEXES = """
CREATE INDEX conversation_unassigned ON conversation(queue_key, id) WHERE status = 'open' AND assignee IS NULL;
CREATE INDEX conversation_mine ON conversation(assignee, queue_key, id) WHERE status = 'open';
CREATE TRIGGER conversation_queued AFTER INSERT ON conversation WHEN new.queue_key <> new.sort_key
BEGIN UPDATE conversation SET queue_key = new.sort_key WHERE id = new.id; END;
CREATE TRIGGER conversation_requeued AFTER UPDATE OF waiting_since, updated_at ON conversation
WHEN new.queue_key <> new.sort_key
BEGIN UPDATE conversation SET queue_key = new.sort_key WHERE id = new.id; END;
"""
"""``sort_key`` as a column that is written when it changes: an index on the generated one was written
again with every message, since it might have changed."""

AVAILABILITY = """
CREATE TABLE availability(
  agent INTEGER NOT NULL REFERENCES agent(id), hlc INTEGER NOT NULL, desk INTEGER NOT NULL, at INTEGER NOT NULL,
  status TEXT NOT NULL, cause TEXT NOT NULL, episode INTEGER, until INTEGER, reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(agent, hlc, desk)) WITHOUT ROWID;
CREATE TABLE automatic(
  conversation INTEGER NOT NULL REFERENCES conversation(id), rule TEXT NOT NULL,
  agent INTEGER NOT NULL REFERENCES agent(id), episode INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY(conversation, rule, agent, episode)) WITHOUT ROWID;
CREATE TABLE presence(
  agent INTEGER NOT NULL, session TEXT NOT NULL, key_at INTEGER NOT NULL, seen_at INTEGER NOT NULL,
  PRIMARY KEY(agent, session)) WITHOUT ROWID;
"""
"""Projections: every change of an agent's availability, and which absence a conversation was told of.
Local: the windows that are open now, with the last key of each."""

MERGE_LESS = """
INSERT INTO message_index(message_index, rank) VALUES('automerge', 8);
INSERT INTO heading_index(heading_index, rank) VALUES('automerge', 8);
"""
"""Every commit adds a small segment to an index; merging eight at a time instead of four halves that work."""

RARE_FILTERS = """
CREATE INDEX conversation_tier ON conversation(tier) WHERE tier IS NOT NULL;
CREATE INDEX conversation_stage ON conversation(stage) WHERE stage IS NOT NULL;
CREATE INDEX conversation_inbox ON conversation(inbox);
CREATE INDEX conversation_nobody ON conversation(id) WHERE assignee IS NULL;
CREATE INDEX message_author ON message(author, conversation) WHERE author IS NOT NULL;
CREATE INDEX message_program ON message(sender, conversation) WHERE sender IN ('auto', 'system');
"""
"""A search by a filter that leaves little reads that little, not everything that says the words. None of
them changes when a customer writes into a conversation that there is."""

SORTS = """
ALTER TABLE conversation ADD COLUMN priority_key INTEGER GENERATED ALWAYS AS (
  (3 - priority) * 9007199254740992 + queue_key) VIRTUAL;
ALTER TABLE conversation ADD COLUMN tier_key INTEGER GENERATED ALWAYS AS (
  CASE tier WHEN 'A' THEN 0 WHEN 'B' THEN 1 WHEN 'C' THEN 2 ELSE 3 END * 9007199254740992 + queue_key) VIRTUAL;
CREATE INDEX conversation_waiting_priority ON conversation(priority_key, id)
  WHERE status = 'open' AND waiting_since IS NOT NULL;
CREATE INDEX conversation_waiting_tier ON conversation(tier_key, id)
  WHERE status = 'open' AND waiting_since IS NOT NULL;
CREATE INDEX conversation_unassigned_priority ON conversation(priority_key, id)
  WHERE status = 'open' AND assignee IS NULL;
CREATE INDEX conversation_unassigned_tier ON conversation(tier_key, id)
  WHERE status = 'open' AND assignee IS NULL;
CREATE INDEX conversation_mine_priority ON conversation(assignee, priority_key, id) WHERE status = 'open';
CREATE INDEX conversation_mine_tier ON conversation(assignee, tier_key, id) WHERE status = 'open';
"""
"""The views of open conversations by priority and by tier, the longest wait first within each: a rank
above ``queue_key``, which stays below 2**53."""

OWN_VIEWS = """
CREATE TABLE saved_view(
  id INTEGER PRIMARY KEY, agent INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE, view TEXT NOT NULL,
  query TEXT NOT NULL, UNIQUE(agent, name));
CREATE TABLE view_sort(
  agent INTEGER NOT NULL, view TEXT NOT NULL, sort TEXT NOT NULL, PRIMARY KEY(agent, view)) WITHOUT ROWID;
ALTER TABLE undo ADD COLUMN batch INTEGER;
CREATE INDEX undo_batch ON undo(batch) WHERE batch IS NOT NULL;
"""
"""Filters that an agent keeps under a name, how each view is sorted, and what was done to many at once."""

ANNOUNCED = """
CREATE TABLE announced(
  agent INTEGER NOT NULL, conversation INTEGER NOT NULL, since INTEGER NOT NULL, level INTEGER NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY(agent, conversation)) WITHOUT ROWID;
"""
"""Local: the wait of each conversation that an agent was told of, how far it had come, and when."""

MERGE_WHEN_IDLE = """
INSERT INTO message_index(message_index, rank) VALUES('automerge', 0);
INSERT INTO heading_index(heading_index, rank) VALUES('automerge', 0);
"""
"""No commit merges what others left in an index: the writer does, while nobody waits (``tidying``)."""

ONE_PERSON = """
ALTER TABLE contact ADD COLUMN survivor INTEGER REFERENCES contact(id);
CREATE INDEX contact_survivor ON contact(survivor) WHERE survivor IS NOT NULL;
CREATE TABLE contact_merge(
  contact INTEGER PRIMARY KEY REFERENCES contact(id), target INTEGER REFERENCES contact(id),
  hlc INTEGER NOT NULL, desk INTEGER NOT NULL);
CREATE INDEX contact_merge_target ON contact_merge(target) WHERE target IS NOT NULL;
CREATE TABLE contact_label(
  contact INTEGER NOT NULL REFERENCES contact(id), name TEXT NOT NULL, PRIMARY KEY(contact, name)) WITHOUT ROWID;
ALTER TABLE conversation ADD COLUMN owner INTEGER REFERENCES contact(id);
ALTER TABLE conversation ADD COLUMN also_known TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN is_blocked INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET is_blocked = 1, waiting_since = NULL
  WHERE contact IN (SELECT id FROM contact WHERE is_blocked);
"""
"""``contact_merge`` holds the last word on whom a contact was merged into (NULL: taken apart again); ``survivor``
is what follows from all of them. ``conversation.contact`` is who they are now, ``owner`` who they were when it
was opened, where that is somebody else; ``also_known`` has their other names, each behind a line break."""

REPLIES_SENT = """
ALTER TABLE draft ADD COLUMN replies TEXT NOT NULL DEFAULT '[]';
CREATE TABLE reply_sent(
  message INTEGER NOT NULL, reply TEXT NOT NULL, wording INTEGER NOT NULL, conversation INTEGER NOT NULL,
  agent INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(message, reply)) WITHOUT ROWID;
CREATE INDEX reply_sent_in ON reply_sent(conversation, reply, message);
"""
"""Which quick replies a message was made of (``wording``: 0 the body, from 1 its variants, -1 the fallback), and
those that stand in a draft, as JSON. Known to this desk alone: no operation says it."""

DRAFT_FILES = """
ALTER TABLE draft ADD COLUMN files TEXT NOT NULL DEFAULT '[]';
"""
"""Files that go with what is being written, as JSON: rows of name, media type, bytes and SHA-256."""

WATCHED = """
ALTER TABLE agent ADD COLUMN approver INTEGER REFERENCES agent(id);
ALTER TABLE presence ADD COLUMN conversation INTEGER;
CREATE TABLE watching(
  session TEXT PRIMARY KEY, watcher INTEGER NOT NULL, agent INTEGER NOT NULL, seen_at INTEGER NOT NULL) WITHOUT ROWID;
"""
"""Whose replies wait for whom to approve them. Local: who watches whom now, and the conversation that somebody
who is watched has open."""

_NARROWED = (
    ("waiting", "waiting_since", "status = 'open' AND waiting_since IS NOT NULL"),
    ("waiting_priority", "priority_key", "status = 'open' AND waiting_since IS NOT NULL"),
    ("waiting_tier", "tier_key", "status = 'open' AND waiting_since IS NOT NULL"),
    ("unassigned", "queue_key", "status = 'open' AND assignee IS NULL"),
    ("unassigned_priority", "priority_key", "status = 'open' AND assignee IS NULL"),
    ("unassigned_tier", "tier_key", "status = 'open' AND assignee IS NULL"),
    ("mine", "assignee, queue_key", "status = 'open'"),
    ("mine_priority", "assignee, priority_key", "status = 'open'"),
    ("mine_tier", "assignee, tier_key", "status = 'open'"),
    ("all", "updated_at", ""),
    ("snoozed", "snooze_key", "status = 'snoozed'"),
    ("resolved", "resolved_at", "status = 'resolved'"),
)
NARROWED_VIEWS = "".join(
    f"DROP INDEX conversation_{name};\n"
    f"CREATE INDEX conversation_{name} ON conversation({key}, id, tier, stage, priority, inbox)"
    + (f" WHERE {where};\n" if where else ";\n")
    for name, key, where in _NARROWED
)
"""A view's index holds what narrows it: what does not fit is passed over without reading its row. What is
written with each message is the same number of entries, each some ten bytes longer."""

AUTOMATIC_TEXTS = """
CREATE TABLE automatic_text(
  conversation INTEGER NOT NULL REFERENCES conversation(id), rule TEXT NOT NULL, agent INTEGER NOT NULL,
  episode INTEGER NOT NULL, wait INTEGER, at INTEGER NOT NULL,
  PRIMARY KEY(conversation, rule, agent, episode)) WITHOUT ROWID;
INSERT INTO automatic_text(conversation, rule, agent, episode, at)
  SELECT conversation, rule, agent, episode, at FROM automatic;
DROP TABLE automatic;
ALTER TABLE automatic_text RENAME TO automatic;
"""
"""Every rule that writes, not only the one of an absence: ``agent`` 0 is no one's, ``wait`` the wait it was
told in."""

FINDINGS = """
CREATE TABLE finding(
  conversation INTEGER NOT NULL REFERENCES conversation(id), agent INTEGER NOT NULL, key TEXT NOT NULL,
  fate TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY(conversation, agent, key, fate)) WITHOUT ROWID;
"""
"""What agents did with findings of the etiquette check: a key is a rule and a hash, never words."""

HANDOVERS = """
CREATE TABLE handover(
  id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, ref TEXT NOT NULL UNIQUE, since INTEGER NOT NULL,
  at INTEGER NOT NULL, agent INTEGER NOT NULL REFERENCES agent(id), to_agent INTEGER REFERENCES agent(id),
  replaces BLOB, text TEXT NOT NULL);
CREATE INDEX handover_at ON handover(at);
CREATE INDEX handover_replaces ON handover(replaces) WHERE replaces IS NOT NULL;
CREATE TABLE handover_item(
  handover INTEGER NOT NULL REFERENCES handover(id), place INTEGER NOT NULL, section TEXT NOT NULL,
  conversation BLOB NOT NULL, message BLOB, due_at INTEGER, PRIMARY KEY(handover, place)) WITHOUT ROWID;
CREATE INDEX handover_item_conversation ON handover_item(conversation);
CREATE TABLE handover_signature(
  handover INTEGER NOT NULL REFERENCES handover(id), role TEXT NOT NULL, agent INTEGER NOT NULL REFERENCES agent(id),
  at INTEGER NOT NULL, PRIMARY KEY(handover, role, agent)) WITHOUT ROWID;
CREATE TABLE handover_tick(
  handover INTEGER NOT NULL REFERENCES handover(id), place INTEGER NOT NULL, is_done INTEGER NOT NULL,
  agent INTEGER NOT NULL REFERENCES agent(id), at INTEGER NOT NULL, hlc INTEGER NOT NULL, desk INTEGER NOT NULL,
  PRIMARY KEY(handover, place)) WITHOUT ROWID;
CREATE TABLE handover_draft(agent INTEGER PRIMARY KEY, text TEXT NOT NULL, updated_at INTEGER NOT NULL);
"""
"""What a shift leaves to the next: its text, the conversations it is about (by uid: a desk may hold a handover
about one that it does not see), who signed, and what somebody said is dealt with. Local: the text an agent is
writing."""

TIER_BY_TIME = """
DROP INDEX conversation_tier;
CREATE INDEX conversation_tier ON conversation(tier, updated_at, id, stage, priority, inbox) WHERE tier IS NOT NULL;
"""
"""The conversations of a tier, in the order of the view of all. Each message of one who has a tier moves its
entry, which it did not before: two pages of a commit's twenty."""
