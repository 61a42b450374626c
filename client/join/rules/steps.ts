import type { ApplicationView, ClientStep } from '../../../contracts/http/client.ts';
import { CLIENT_STEPS } from '../../../contracts/http/client.ts';
import type { RepairItem } from '../../../contracts/reasons/index.ts';
import { APPLICATION_TABLE } from '../../../contracts/states/application.ts';

/** The steps that are counted for the client ("第 3 步，共 10 步"); what follows is the video part. */
export const COUNTED_STEPS = CLIENT_STEPS.slice(0, CLIENT_STEPS.indexOf('submit') + 1);

/** Minutes that a step takes most people; shown so that nobody is surprised. */
const MINUTES: Readonly<Record<ClientStep, number>> = {
  consents: 1, phone: 0.5, documents: 1, form: 1, declarations: 0.5, questionnaire: 2, custody: 0.5, passwords: 1, agreements: 2, submit: 0.5,
  ready: 1, line: 1, call: 3, result: 0,
};

/** Minutes from this step to the end of the whole way, the call included, rounded up. */
export const minutesLeft = (step: ClientStep): number =>
  Math.ceil(CLIENT_STEPS.slice(CLIENT_STEPS.indexOf(step)).reduce((total, one) => total + MINUTES[one], 0));

/** Place of a step in the counted way, from 1; null in the video part. */
export const stepNumber = (step: ClientStep): { number: number; of: number } | null => {
  const index = COUNTED_STEPS.indexOf(step);
  return index < 0 ? null : { number: index + 1, of: COUNTED_STEPS.length };
};

/** Steps a repair item sends the client back to (R29); `call` needs no page of its own. */
const REPAIR_STEPS: Readonly<Record<RepairItem, ClientStep>> = {
  documents: 'documents', form: 'form', declarations: 'declarations', questionnaire: 'questionnaire', custody: 'custody', agreements: 'agreements', call: 'ready',
};
export const repairSteps = (view: ApplicationView): ClientStep[] => (view.repair?.items ?? []).map((item) => REPAIR_STEPS[item]);

/** Steps the client may open again and change: every done one in a draft, only the named ones in a repair or while the bank waits for a correction, else none. */
export const openSteps = (view: ApplicationView): ClientStep[] => {
  const editable = COUNTED_STEPS.filter((step) => step !== 'consents' && step !== 'phone' && step !== 'submit');
  if (view.state === 'draft') return editable.filter((step) => view.doneSteps.includes(step));
  if (view.state === 'repair') return editable.filter((step) => repairSteps(view).includes(step));
  if (view.state === 'awaiting_client') return view.correct;
  return [];
};

/** The step before this one that may be opened, or null. From a correction it goes back to the result. */
export const stepBack = (view: ApplicationView, shown: ClientStep): ClientStep | null => {
  const at = CLIENT_STEPS.indexOf(shown);
  if (view.state === 'awaiting_client') return shown === view.step ? null : view.step;
  return openSteps(view).filter((step) => CLIENT_STEPS.indexOf(step) < at).at(-1) ?? null;
};

/** How many times one can go a step back from here. */
export const stepsBehind = (view: ApplicationView, shown: ClientStep): number => {
  const before = stepBack(view, shown);
  return before === null ? 0 : 1 + stepsBehind(view, before);
};

/** Withdrawing is offered exactly where the table of states has it. */
export const canWithdraw = (view: ApplicationView): boolean => APPLICATION_TABLE[view.state].withdraw !== undefined;
