import { ACCOUNT_REQUIRES, ACCOUNT_STEPS, ACCOUNT_TABLE } from '../contracts/states/account.ts';
import { APPLICATION_TABLE } from '../contracts/states/application.ts';
import { SESSION_TABLE } from '../contracts/states/session.ts';
import type { SessionTarget } from '../contracts/states/session.ts';

type Edge = readonly [from: string, event: string, to: string];

const edgesOf = <T>(table: Record<string, Partial<Record<string, T>>>, name: (target: T) => string): Edge[] =>
  Object.entries(table).flatMap(([from, events]) => Object.entries(events).map(([event, target]): Edge => [from, event, name(target as T)]));

const diagram = (first: string, edges: readonly Edge[], finals: readonly string[]): string =>
  ['```mermaid', 'stateDiagram-v2', `  [*] --> ${first}`, ...edges.map(([from, event, to]) => `  ${from} --> ${to}: ${event}`), ...finals.map((state) => `  ${state} --> [*]`), '```'].join('\n');

const list = (edges: readonly Edge[]): string =>
  ['| from | event | to |', '| --- | --- | --- |', ...edges.map((edge) => `| ${edge.join(' | ')} |`)].join('\n');

const statesWithoutWayOut = (table: Record<string, object>): string[] => Object.keys(table).filter((state) => Object.keys(table[state]!).length === 0);

/** docs/flow/states.md, written from the tables of contracts/states; a test fails when the page is older than they are. */
export const statesPage = (): string => {
  const application = edgesOf(APPLICATION_TABLE, (to) => to as string);
  const account = edgesOf(ACCOUNT_TABLE, (to) => to as string);
  const session = edgesOf<SessionTarget>(SESSION_TABLE, (to) => (to.outcome === undefined ? to.state : `${to.state}_${to.outcome}`));
  const closed = [...new Set(session.map(([, , to]) => to).filter((to) => to.startsWith('closed_')))];
  return [
    '# States',
    'Written from the tables in `contracts/states` by `node workflows/statesPage.ts > docs/flow/states.md`; do not edit by hand.',
    'What stands in no table cannot happen: the program answers `STATE_NOT_ALLOWED`.',
    '## Application (开户申请)', diagram('draft', application, statesWithoutWayOut(APPLICATION_TABLE)), list(application),
    '## Witness session (见证会话)', diagram('offered', session, closed), list(session),
    '## Account step', 'One row for each step at an outside system. A time-out is unknown, not failed (R53).',
    diagram('pending', account, statesWithoutWayOut(ACCOUNT_TABLE)), list(account),
    '### Order of the steps (R52)',
    ['| step | after |', '| --- | --- |', ...ACCOUNT_STEPS.map((step) => `| ${step} | ${ACCOUNT_REQUIRES[step].join(', ') || '(the identity query, which is part of it)'} |`)].join('\n'),
  ].join('\n\n') + '\n';
};

if (import.meta.main) process.stdout.write(statesPage());
