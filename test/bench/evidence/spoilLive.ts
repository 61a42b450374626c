/** Ways to spoil database, store and published heads behind the program's back. Each says what has to be told then, and puts everything back. */
import { copyFile, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { MadeCase } from '../../integration/case.support.ts';
import type { EvidenceKit } from '../../integration/evidence.support.ts';
import type { Dice } from './options.ts';

export interface Spoilt {
  /** What one of the told problems has to look like. */
  readonly told: RegExp;
  undo(): Promise<void>;
}
export type SpoilLive = (kit: EvidenceKit, made: MadeCase, other: MadeCase, dice: Dice) => Promise<Spoilt>;

/** Every table that lines tell of: its kind in the manifest, and where its case is named. */
const TABLES = [
  ['application', 'application', 'id'], ['application_consent', 'consent', 'application_id'], ['document', 'document', 'application_id'], ['certificate', 'certificate', 'application_id'],
  ['agreement_signature', 'signature', 'application_id'], ['witness_session', 'session', 'application_id'], ['draw', 'draw', 'application_id'], ['script_tick', 'tick', 'session_id'], ['photo', 'photo', 'application_id'],
  ['recording_segment', 'segment', 'session_id'], ['recorder_fact', 'recorder_fact', 'session_id'], ['quality_sample', 'quality_sample', 'session_id'], ['session_event', 'session_event', 'session_id'],
  ['review', 'review', 'application_id'], ['account_step', 'account_step', 'application_id'], ['police_check', 'police_check', 'application_id'], ['police_decision', 'police_decision', 'application_id'],
  ['finding_decision', 'finding_decision', 'application_id'], ['person_lookup', 'person_lookup', 'application_id'], ['rating', 'rating', 'application_id'], ['audit', 'audit', 'application_id'],
] as const;
const OWN_TABLES = ['manifest_line', 'manifest_head', 'published_head'] as const;

interface Column { readonly name: string; readonly type: string }
const columnsOf = async (owner: pg.Client, table: string): Promise<Column[]> =>
  (await owner.query<Column>(`SELECT column_name AS name, CASE data_type WHEN 'ARRAY' THEN 'ARRAY' ELSE udt_name END AS type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`, [table])).rows;

/** Another value of the column's type than the one that stands there. */
function otherValue(type: string, dice: Dice): string {
  const [x] = ['x'];
  switch (type) {
    case 'uuid': return `gen_random_uuid()`;
    case 'bool': return `NOT coalesce(#, false)`;
    case 'int4': case 'int8': case 'float8': case 'numeric': return `coalesce(#, 0) + ${1 + dice.below(9)}`;
    case 'timestamptz': return `coalesce(#, now()) ${dice.pick(['+', '-'])} interval '${1 + dice.below(50)} minutes'`;
    case 'date': return `coalesce(#, current_date) + ${1 + dice.below(9)}`;
    case 'jsonb': return `CASE WHEN jsonb_typeof(#) = 'object' THEN # || '{"edited": 1}' ELSE '[{"edited": 1}]' END`;
    case 'ARRAY': return `coalesce(#, '{}') || '{edited}'`;
    case 'bpchar': return `reverse(#)`;
    default: return `coalesce(#, '') || '${x}'`;
  }
}

/** Everything that the owner's own clean-up needs: triggers and foreign keys off. */
async function silently<T>(owner: pg.Client, work: () => Promise<T>): Promise<T> {
  await owner.query('SET session_replication_role = replica');
  try { return await work(); } finally { await owner.query('SET session_replication_role = DEFAULT'); }
}

/** Where the recorded writes stand, and back to it. */
async function writes(owner: pg.Client): Promise<() => Promise<void>> {
  const { rows: [last] } = await owner.query<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM row_change');
  return () => silently(owner, async () => {
    await owner.query('DELETE FROM row_change WHERE id > $1', [last!.id]);
    await owner.query('DELETE FROM manifest_due WHERE change_id > $1', [last!.id]);
  });
}

/** Changes rows and puts them back as they were. */
async function rowsChanged(owner: pg.Client, table: string, where: string, values: readonly unknown[], change: (run: (statement: string, more?: readonly unknown[]) => Promise<number>) => Promise<unknown>, quiet: boolean): Promise<() => Promise<void>> {
  const unwrite = await writes(owner);
  const { rows: saved } = await owner.query<{ row: unknown; ctid: string }>(`SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${where}`, [...values]);
  const marks: string[] = [];
  const run = async (statement: string, more: readonly unknown[] = values): Promise<number> => {
    const { rows, rowCount } = await owner.query<{ ctid?: string }>(statement, [...more]);
    for (const { ctid } of rows) if (ctid !== undefined) marks.push(ctid);
    return rowCount ?? 0;
  };
  await (quiet ? silently(owner, () => change(run)) : change(run));
  return async () => {
    await silently(owner, async () => {
      for (const ctid of marks) await owner.query(`DELETE FROM ${table} WHERE ctid = $1::tid`, [ctid]);
      for (const { row } of saved) await owner.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`, [JSON.stringify(row)]);
    });
    await unwrite();
  };
}

const REF = (kind: string, id: string): RegExp => new RegExp(`^(edited|gone|unrecorded|state|file): ${kind}:${id}`);

async function pickRow(kit: EvidenceKit, made: MadeCase, dice: Dice, table: string, via: string): Promise<string> {
  const key = table === 'audit' ? 'seq' : 'id';
  const { rows } = await kit.owner.query<{ id: string }>(`SELECT ${key}::text AS id FROM ${table} WHERE ${via} = $1 ${table === 'audit' ? `AND action <> ALL ('{session.replay,case.exported,case.uncover,client.login}')` : ''} ORDER BY 1`, [via === 'session_id' ? made.sessionId : made.applicationId]);
  return dice.pick(rows).id;
}

/** A random column of a random row of a random table. */
const editedRow = (quiet: boolean): SpoilLive => async (kit, made, _other, dice) => {
  for (;;) {
    const [table, kind, via] = dice.pick(TABLES);
    const id = await pickRow(kit, made, dice, table, via);
    const key = table === 'audit' ? 'seq' : 'id';
    // With the triggers on a changed key changes all rows below it too.
    const { name, type } = dice.pick((await columnsOf(kit.owner, table)).filter((column) => quiet || column.name !== key));
    // A key or a word that the database does not take is not tried further: another column is.
    try {
      let changed = 0;
      const undo = await rowsChanged(kit.owner, table, `${key}::text = $1`, [id], async (run) => {
        changed = await run(`UPDATE ${table} SET "${name}" = ${otherValue(type, dice).replaceAll('#', `"${name}"`)} WHERE ${key}::text = $1 RETURNING ctid`);
      }, quiet || table === 'audit');
      if (changed === 1) return { told: REF(kind, id), undo };
    } catch (error) {
      if (!/^(22|23|42501)/.test((error as { code?: string }).code ?? '')) throw error;
    }
  }
};

const storeFile = async (kit: EvidenceKit, made: MadeCase, dice: Dice): Promise<{ path: string; told: RegExp }> => {
  const lines = (await kit.linesOf(made.applicationId)).filter(({ fileId }) => fileId !== null);
  const { fileId, ref } = dice.pick(lines);
  return { path: join(kit.app.dir, made.applicationId, `${fileId}.vwe`), told: new RegExp(`^file: ${ref}$`) };
};
const spoiltFile = (work: (path: string, dice: Dice, kit: EvidenceKit, other: MadeCase, made: MadeCase) => Promise<void>): SpoilLive => async (kit, made, other, dice) => {
  const { path, told } = await storeFile(kit, made, dice);
  const bytes = await readFile(path);
  await work(path, dice, kit, other, made);
  return { told, undo: () => writeFile(path, bytes) };
};

const heads = (change: (lines: string[], dice: Dice) => string[], told: (lines: readonly string[], changed: readonly string[]) => RegExp): SpoilLive => async (kit, _made, _other, dice) => {
  const file = kit.app.evidence.headsFile;
  const before = await readFile(file, 'utf8');
  const lines = before.split('\n').slice(0, -1);
  const changed = change([...lines], dice);
  await writeFile(file, changed.map((line) => `${line}\n`).join(''));
  return { told: told(lines, changed), undo: () => writeFile(file, before) };
};
const firstOther = (lines: readonly string[], changed: readonly string[]): RegExp => new RegExp(`^published: line ${lines.findIndex((line, i) => line !== changed[i]) + 1} `);

export const LIVE_KINDS: Readonly<Record<string, SpoilLive>> = {
  'edited row': editedRow(false),
  'edited row, triggers off': editedRow(true),
  'row removed': async (kit, made, _other, dice) => {
    const [table, kind, via] = dice.pick(TABLES.filter(([name]) => name !== 'application' && name !== 'witness_session'));
    const id = await pickRow(kit, made, dice, table, via);
    const key = table === 'audit' ? 'seq' : 'id';
    return { told: REF(kind, id), undo: await rowsChanged(kit.owner, table, `${key}::text = $1`, [id], (run) => run(`DELETE FROM ${table} WHERE ${key}::text = $1`), true) };
  },
  'row put in': async (kit, made, _other, dice) => {
    const [table, kind, via] = dice.pick(TABLES.filter(([name]) => ['script_tick', 'quality_sample', 'recorder_fact', 'session_event', 'draw', 'police_check', 'person_lookup'].includes(name)));
    const id = await pickRow(kit, made, dice, table, via);
    const quiet = dice.below(2) === 0;
    const undo = await rowsChanged(kit.owner, table, 'false', [], (run) => run(`INSERT INTO ${table} SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()))).* FROM ${table} t WHERE id::text = $1 RETURNING ctid`, [id]), quiet);
    return { told: new RegExp(`^(edited|unrecorded): ${kind}:`), undo };
  },
  'rows exchanged with another case’s': async (kit, made, other, dice) => {
    const [table, kind, column] = dice.pick([['photo', 'photo', 'file_id'], ['recording_segment', 'segment', 'file_id'], ['document', 'document', 'file_id'], ['application', 'application', 'form_enc'], ['witness_session', 'session', 'comment_enc']] as const);
    const via = table === 'application' || table === 'witness_session' ? 'id' : table === 'recording_segment' ? 'session_id' : 'application_id';
    const of = (one: MadeCase): string => (via === 'session_id' || table === 'witness_session' ? one.sessionId : one.applicationId);
    const id = table === 'application' || table === 'witness_session' ? of(made) : await pickRow(kit, made, dice, table, via);
    const undo = await rowsChanged(kit.owner, table, 'id::text = $1', [id], (run) => run(`UPDATE ${table} SET ${column} = (SELECT ${column} FROM ${table} WHERE ${via}::text = $2 AND ${column} IS NOT NULL ORDER BY 1 LIMIT 1) WHERE id::text = $1 RETURNING ctid`, [id, of(other)]), dice.below(2) === 0);
    return { told: REF(kind, id), undo };
  },
  'edited line, head or published row': async (kit, made, _other, dice) => {
    const table = dice.pick(OWN_TABLES);
    const [where, values] = table === 'published_head' ? ['true', []] as const : ['application_id = $1', [made.applicationId]] as const;
    const { rows } = await kit.owner.query<{ ctid: string }>(`SELECT ctid::text FROM ${table} WHERE ${where} ORDER BY ctid`, [...values]);
    const { ctid } = dice.pick(rows);
    // When a row was written down is said by nobody's hash: what it says has a time of its own.
    const column = dice.pick((await columnsOf(kit.owner, table)).filter(({ name }) => name !== 'recorded_at' && !(table === 'published_head' && name === 'at')));
    const undo = await rowsChanged(kit.owner, table, 'ctid = $1::tid', [ctid], (run) => run(`UPDATE ${table} SET "${column.name}" = ${otherValue(column.type, dice).replaceAll('#', `"${column.name}"`)} WHERE ctid = $1::tid RETURNING ctid`), true).catch(async (error: { code?: string }) => {
      if (error.code?.startsWith('23') !== true) throw error;
      return rowsChanged(kit.owner, table, 'ctid = $1::tid', [ctid], (run) => run(`UPDATE ${table} SET ${table === 'published_head' ? 'line' : table === 'manifest_head' ? 'text' : 'line'} = 'x' WHERE ctid = $1::tid RETURNING ctid`), true);
    });
    return { told: table === 'published_head' ? /^published: / : table === 'manifest_head' ? /^(head|gone): / : /^(chain|edited|gone|unrecorded|file|head): /, undo };
  },
  'the tail removed, lines and heads': async (kit, made, _other, dice) => {
    const { rows } = await kit.owner.query<{ size: number }>('SELECT DISTINCT size FROM manifest_head WHERE application_id = $1 ORDER BY 1', [made.applicationId]);
    const { size } = dice.pick(rows.slice(0, -1));
    const first = await rowsChanged(kit.owner, 'manifest_line', 'application_id = $1 AND seq > $2', [made.applicationId, size], (run) => run('DELETE FROM manifest_line WHERE application_id = $1 AND seq > $2'), true);
    const second = await rowsChanged(kit.owner, 'manifest_head', 'application_id = $1 AND size > $2', [made.applicationId, size], (run) => run('DELETE FROM manifest_head WHERE application_id = $1 AND size > $2'), true);
    return { told: /^head: published head over \d+ lines is not here$/, undo: async () => { await second(); await first(); } };
  },
  'old signed heads put back': async (kit, made, _other, dice) => {
    const { rows } = await kit.owner.query<{ id: string }>('SELECT id FROM manifest_head WHERE application_id = $1 ORDER BY size, at', [made.applicationId]);
    const ids = rows.slice(1 + dice.below(rows.length - 1)).map(({ id }) => id);
    return { told: /^(head: published head|gone: head:)/, undo: await rowsChanged(kit.owner, 'manifest_head', 'id = ANY ($1)', [ids], (run) => run('DELETE FROM manifest_head WHERE id = ANY ($1)'), true) };
  },
  'a head between two taken away': async (kit, made, _other, dice) => {
    const { rows } = await kit.owner.query<{ id: string }>(`SELECT id FROM manifest_head WHERE application_id = $1 AND kind = 'checkpoint' ORDER BY size`, [made.applicationId]);
    const { id } = dice.pick(rows);
    return { told: new RegExp(`^gone: head:${id}`), undo: await rowsChanged(kit.owner, 'manifest_head', 'id = $1', [id], (run) => run('DELETE FROM manifest_head WHERE id = $1'), true) };
  },
  'bit flip in the store': spoiltFile(async (path, dice) => {
    const bytes = await readFile(path);
    const at = dice.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << dice.below(8));
    await writeFile(path, bytes);
  }),
  'truncated in the store': spoiltFile(async (path, dice) => truncate(path, dice.below((await stat(path)).size))),
  'deleted from the store': spoiltFile((path) => rm(path)),
  'another case’s file in the store': spoiltFile(async (path, dice, kit, other) => copyFile((await storeFile(kit, other, dice)).path, path)),
  'two files of the store exchanged': async (kit, made, _other, dice) => {
    const first = await storeFile(kit, made, dice);
    let second = first;
    while (second.path === first.path) second = await storeFile(kit, made, dice);
    const exchange = async (): Promise<void> => { await rename(first.path, `${first.path}.x`); await rename(second.path, first.path); await rename(`${first.path}.x`, second.path); };
    await exchange();
    return { told: first.told, undo: exchange };
  },
  'published heads: a bit flipped': heads((lines, dice) => {
    const at = dice.below(lines.length);
    const bytes = Buffer.from(lines[at]!);
    const place = dice.below(bytes.length);
    bytes[place] = bytes[place]! ^ 1;
    lines[at] = bytes.toString('latin1');
    return lines;
  }, firstOther),
  'published heads: an old file put back': heads((lines, dice) => lines.slice(0, dice.below(lines.length)), (_lines, changed) => new RegExp(`^published: the file ends at line ${changed.length},`)),
  'published heads: a line taken out': heads((lines, dice) => { lines.splice(dice.below(lines.length - 1), 1); return lines; }, firstOther),
  'published heads: two lines exchanged': heads((lines, dice) => { const at = dice.below(lines.length - 1); [lines[at], lines[at + 1]] = [lines[at + 1]!, lines[at]!]; return lines; }, firstOther),
};
