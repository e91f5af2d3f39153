-- Packs of the team are a lead's to give. What only a lead's desk may do is one list from here on: csdesk/model/operation.py
-- has the same one (FOR_LEADS). Without a SET of its own the planner puts the list where the function is called.
CREATE FUNCTION csdesk.is_for_leads(kind smallint) RETURNS boolean LANGUAGE sql IMMUTABLE
AS $$ SELECT kind IN (3, 43, 64, 100, 101) $$;
REVOKE ALL ON FUNCTION csdesk.is_for_leads(smallint) FROM PUBLIC;

CREATE OR REPLACE FUNCTION csdesk.on_op() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d int; other int; lo bigint; hi bigint; n bigint; latest bigint; args bigint; widest int; k csdesk.desk;
  is_denied boolean;
BEGIN
  SELECT min(f.desk), max(f.desk), min(f.dseq), max(f.dseq), count(*), max(f.hlc), count(f.arg), max(f.scope),
         bool_or(csdesk.is_for_leads(f.kind))
    INTO d, other, lo, hi, n, latest, args, widest, is_denied FROM fresh f;
  IF n = 0 THEN RETURN NULL; END IF;
  IF n > 100000 THEN
    RAISE EXCEPTION 'too many operations at once' USING ERRCODE = '54000';
  END IF;
  SELECT * INTO k FROM csdesk.desk WHERE desk = d FOR UPDATE;
  IF NOT FOUND OR other <> d OR k.role IS DISTINCT FROM session_user
     OR k.fenced_at IS NOT NULL OR k.retired_at IS NOT NULL THEN
    RAISE EXCEPTION 'not your desk' USING ERRCODE = 'CS003';
  END IF;
  IF k.inc::text IS DISTINCT FROM current_setting('csdesk.inc', true) THEN
    RAISE EXCEPTION 'a newer session of this desk lives' USING ERRCODE = 'CS004';
  END IF;
  IF lo <> k.head + 1 OR hi - lo + 1 <> n THEN
    RAISE EXCEPTION 'gap: head % got %..%', k.head, lo, hi USING ERRCODE = 'CS001';
  END IF;
  IF (latest >> 16) > extract(epoch FROM clock_timestamp()) * 1000 + 300000 THEN
    RAISE EXCEPTION 'clock ahead' USING ERRCODE = 'CS002';
  END IF;
  IF widest > 0 AND EXISTS (
      SELECT FROM (SELECT DISTINCT f.scope FROM fresh f WHERE f.scope > 0) s
       WHERE NOT EXISTS (SELECT FROM csdesk.member m WHERE m.role = session_user AND m.scope = s.scope)) THEN
    RAISE EXCEPTION 'not your scope' USING ERRCODE = 'CS003';
  END IF;
  is_denied := is_denied AND k.rank <> 'lead';
  IF is_denied THEN
    INSERT INTO csdesk.denied SELECT f.desk, f.dseq FROM fresh f WHERE csdesk.is_for_leads(f.kind);
  END IF;
  IF args > 0 THEN
    INSERT INTO csdesk.claim SELECT f.ent, f.arg, f.desk, f.dseq, f.scope FROM fresh f
     WHERE f.arg IS NOT NULL ORDER BY f.dseq ON CONFLICT DO NOTHING;
  END IF;
  UPDATE csdesk.desk SET head = hi, at = clock_timestamp(), tip = (SELECT f.sum FROM fresh f WHERE f.dseq = hi)
   WHERE desk = d;
  INSERT INTO csdesk.push(desk, first, last) VALUES (d, lo, hi);
  IF csdesk.setting('notify') = 'on' THEN
    PERFORM pg_notify('csdesk_op', d || ':' || hi);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION csdesk.settle(whose int, lo bigint, hi bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE n bigint; args bigint; has_denied boolean; has_foreign boolean;
BEGIN
  PERFORM csdesk.need_portable();
  PERFORM csdesk.need_own(whose);
  SELECT count(*), count(o.arg), bool_or(csdesk.is_for_leads(o.kind)), bool_or(o.scope > 0 AND NOT EXISTS (
      SELECT FROM csdesk.member m WHERE m.role = session_user AND m.scope = o.scope))
    INTO n, args, has_denied, has_foreign
    FROM csdesk.op o WHERE o.desk = whose AND o.dseq BETWEEN lo AND hi;
  IF n <> hi - lo + 1 OR NOT EXISTS (SELECT FROM csdesk.desk k WHERE k.desk = whose AND k.head = hi) THEN
    RAISE EXCEPTION 'gap: % of %..%', n, lo, hi USING ERRCODE = 'CS001';
  END IF;
  IF has_foreign THEN
    RAISE EXCEPTION 'not your scope' USING ERRCODE = 'CS003';
  END IF;
  IF has_denied AND NOT EXISTS (SELECT FROM csdesk.desk k WHERE k.desk = whose AND k.rank = 'lead') THEN
    INSERT INTO csdesk.denied SELECT o.desk, o.dseq FROM csdesk.op o
     WHERE o.desk = whose AND o.dseq BETWEEN lo AND hi AND csdesk.is_for_leads(o.kind) ON CONFLICT DO NOTHING;
  END IF;
  IF args > 0 THEN
    INSERT INTO csdesk.claim SELECT o.ent, o.arg, o.desk, o.dseq, o.scope FROM csdesk.op o
     WHERE o.desk = whose AND o.dseq BETWEEN lo AND hi AND o.arg IS NOT NULL ORDER BY o.dseq ON CONFLICT DO NOTHING;
  END IF;
  INSERT INTO csdesk.push(desk, first, last) VALUES (whose, lo, hi);
  IF csdesk.setting('notify') = 'on' THEN
    PERFORM pg_notify('csdesk_op', whose || ':' || hi);
  END IF;
END $$;
