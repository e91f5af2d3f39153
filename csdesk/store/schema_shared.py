"""The tables of a store that shares its log with others: see ``schema``."""

from __future__ import annotations

ALIAS = """
CREATE TABLE alias(uid BLOB PRIMARY KEY, thing TEXT NOT NULL, row INTEGER NOT NULL) WITHOUT ROWID;
"""
"""A projection: uids of agents, teams and inboxes that two desks made under one name, with the row of the earlier."""

PUBLISHED = """
CREATE TABLE published(
  desk INTEGER NOT NULL, dseq INTEGER NOT NULL, hlc INTEGER NOT NULL, thing TEXT NOT NULL, name TEXT NOT NULL,
  text TEXT, digest TEXT NOT NULL, title TEXT NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL,
  agent INTEGER NOT NULL REFERENCES agent(id), upon TEXT, PRIMARY KEY(desk, dseq));
CREATE INDEX published_name ON published(thing, name, hlc, desk);
ALTER TABLE hub ADD COLUMN rank TEXT NOT NULL DEFAULT '';
"""
"""Every version of each pack that leads gave the team (``thing``: replies or etiquette), under the operation that
published it; ``text`` is NULL where it was retired, ``upon`` the operation whose version its author had before them.
A projection. And whose login the hub gave this desk: agent or lead, empty where that was not asked yet."""

SHARED = """CREATE TABLE hub(
  id INTEGER PRIMARY KEY CHECK(id = 1), name TEXT NOT NULL, dsn TEXT NOT NULL, scope INTEGER NOT NULL,
  timeline INTEGER NOT NULL, acked INTEGER NOT NULL, contact_at INTEGER, offset_ms INTEGER NOT NULL,
  protocol INTEGER NOT NULL);
CREATE TABLE hub_vector(
  desk INTEGER PRIMARY KEY, dseq INTEGER NOT NULL, hlc INTEGER NOT NULL);
CREATE TABLE hub_lost(desk INTEGER NOT NULL, dseq INTEGER NOT NULL, PRIMARY KEY(desk, dseq)) WITHOUT ROWID;
CREATE TABLE hub_parked(
  desk INTEGER NOT NULL, dseq INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(desk, dseq)) WITHOUT ROWID;
CREATE TABLE hub_made(
  dseq INTEGER PRIMARY KEY, boot TEXT NOT NULL, mono_ms INTEGER NOT NULL, seen_hlc INTEGER NOT NULL);
CREATE TABLE hub_lease(inbox INTEGER PRIMARY KEY, until INTEGER NOT NULL);
CREATE TABLE conflict(
  id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
  body TEXT NOT NULL, done_at INTEGER);
CREATE INDEX conflict_open ON conflict(conversation) WHERE done_at IS NULL;
ALTER TABLE outbox ADD COLUMN is_offline INTEGER NOT NULL DEFAULT 0;
"""
"""What this desk knows once it joined a hub: ``hub_vector`` says how far the operations of other desks are
here, ``hub_lost`` which operations the hub judged to have come too late,
``hub_parked`` which cannot be applied yet and why, ``hub_made`` when (by the time since the machine started) each
operation was made that the hub does not have yet, ``hub_lease`` which inboxes this desk may send for."""

LABEL_ADDS = """
ALTER TABLE conversation_label ADD COLUMN adds TEXT NOT NULL DEFAULT '';
ALTER TABLE contact_label ADD COLUMN adds TEXT NOT NULL DEFAULT '';
"""
"""By desk the last adding that a label has its place from: see ``labels``. Empty where it was put on before; a store
with a hub finds it in its log, any other when it joins one."""

CARRIED = """
CREATE TABLE hub_file(dseq INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL, refused TEXT NOT NULL DEFAULT '');
CREATE TABLE hub_wish(
  sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, had INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
"""Contents of attachments on their way: ``hub_file`` those that own operations (by number) name and the hub has not got,
``refused`` why it would not take one; ``hub_wish`` those that somebody here wants from the hub now, how much of each has
come, and why no more does."""

OFFERS = """
CREATE TABLE offer(
  conversation INTEGER PRIMARY KEY REFERENCES conversation(id), uid BLOB NOT NULL,
  by_agent INTEGER NOT NULL REFERENCES agent(id), to_agent INTEGER NOT NULL REFERENCES agent(id),
  desk INTEGER NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE INDEX offer_to ON offer(to_agent, until);
CREATE INDEX offer_until ON offer(until);
CREATE TABLE looked(
  agent INTEGER NOT NULL, desk INTEGER NOT NULL, dseq INTEGER NOT NULL, PRIMARY KEY(agent, desk)) WITHOUT ROWID;
"""
"""A projection: a conversation that its owner has offered to a colleague, until when they may take it, and the desk
that offered it. Local: how far into each desk's operations an agent has looked at what others did."""
