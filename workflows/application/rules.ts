import { agreementId, consentKind } from '../../contracts/http/client.ts';
import type { ClientStep, ConsentKind } from '../../contracts/http/client.ts';
import type { RepairItem } from '../../contracts/reasons/index.ts';
import type { ApplicationEvent, ApplicationState } from '../../contracts/states/application.ts';

/** What the steps of the client's way are judged by: only what is there, no content. */
export interface ClientFacts {
  readonly state: ApplicationState;
  /** Kinds that were answered, and whether granted: `face` counts as answered when refused (R17). */
  readonly consents: readonly { readonly kind: ConsentKind; readonly granted: boolean }[];
  readonly phoneProven: boolean;
  /** Sides with an uploaded photo that was accepted. */
  readonly documentSides: readonly ('portrait' | 'emblem')[];
  readonly formSaved: boolean;
  readonly declarationsSaved: boolean;
  /** Null before the questionnaire was scored (R18). */
  readonly risk: { readonly blocked: boolean } | null;
  readonly custodyChosen: boolean;
  /** True also after the core has taken the passwords and they were deleted here. */
  readonly passwordsSet: boolean;
  readonly signedAgreements: readonly string[];
  /** The last device check passed (R61). */
  readonly readyPassed: boolean;
  /** How far the application came before it ended; decides what was done once it is withdrawn or expired. */
  readonly reached: 'draft' | 'submitted' | 'witnessed';
  /** In `repair`: items that are still to be redone; an item leaves when its step was saved anew (R29). */
  readonly repairOpen: readonly RepairItem[];
}

type DataStep = 'consents' | 'phone' | 'documents' | 'form' | 'declarations' | 'questionnaire' | 'custody' | 'passwords' | 'agreements';
const DATA_STEPS: readonly DataStep[] = ['consents', 'phone', 'documents', 'form', 'declarations', 'questionnaire', 'custody', 'passwords', 'agreements'];
const BEFORE_CALL: readonly ClientStep[] = [...DATA_STEPS, 'submit'];
const BEFORE_RESULT: readonly ClientStep[] = [...BEFORE_CALL, 'ready', 'line', 'call'];

const REFUSABLE: readonly ConsentKind[] = ['face'];

const isThere: Record<DataStep, (facts: ClientFacts) => boolean> = {
  consents: (facts) => consentKind.options.every((kind) => facts.consents.some((c) => c.kind === kind && (c.granted || REFUSABLE.includes(kind)))),
  phone: (facts) => facts.phoneProven,
  documents: (facts) => facts.documentSides.includes('portrait') && facts.documentSides.includes('emblem'),
  form: (facts) => facts.formSaved,
  declarations: (facts) => facts.declarationsSaved,
  // The lowest class is blocked with an explanation: the step stays open (R18).
  questionnaire: (facts) => facts.risk !== null && !facts.risk.blocked,
  custody: (facts) => facts.custodyChosen,
  passwords: (facts) => facts.passwordsSet,
  agreements: (facts) => agreementId.options.every((agreement) => facts.signedAgreements.includes(agreement)),
};

export interface ClientProgress {
  /** In the order of CLIENT_STEPS. */
  readonly done: ClientStep[];
  /** The step that the client's page shows. */
  readonly next: ClientStep;
}

/** Which steps of the client's way are done and which one comes next, from what is there. */
export const clientSteps = (facts: ClientFacts): ClientProgress => {
  if (facts.state === 'draft') return collecting(facts, []);
  if (facts.state === 'repair') return collecting(facts, facts.repairOpen);
  if (facts.state === 'submitted') {
    return facts.readyPassed ? { done: [...BEFORE_CALL, 'ready'], next: 'line' } : { done: [...BEFORE_CALL], next: 'ready' };
  }
  if (facts.state === 'waiting') return { done: [...BEFORE_CALL, 'ready'], next: 'line' };
  if (facts.state === 'in_call') return { done: [...BEFORE_CALL, 'ready', 'line'], next: 'call' };
  const over = facts.state === 'withdrawn' || facts.state === 'expired';
  if (over && facts.reached === 'draft') return { done: collecting(facts, []).done, next: 'result' };
  return { done: [...(over && facts.reached === 'submitted' ? BEFORE_CALL : BEFORE_RESULT)], next: 'result' };
};

const collecting = (facts: ClientFacts, redo: readonly RepairItem[]): ClientProgress => {
  const done = DATA_STEPS.filter((step) => isThere[step](facts) && !(redo as readonly string[]).includes(step));
  return { done, next: DATA_STEPS.find((step) => !done.includes(step)) ?? 'submit' };
};

/** Data steps that still stand in the way of `submit`, for STEP_INCOMPLETE's items. */
export const missingForSubmit = (facts: ClientFacts): ClientStep[] => {
  const { done } = collecting(facts, facts.state === 'repair' ? facts.repairOpen : []);
  return DATA_STEPS.filter((step) => !done.includes(step));
};

/** Items whose repair changes what the agent saw or photographed: they need a new call. */
const NEEDS_CALL: readonly RepairItem[] = ['call', 'documents'];

/**
 * The event that ends `repair`, by the items that were to be redone (all of them, not those still open): back into
 * the line when one needs a call, else straight to second review (R29).
 */
export const repairEvent = (items: readonly RepairItem[]): Extract<ApplicationEvent, 'repaired_call' | 'repaired_review'> =>
  items.some((item) => NEEDS_CALL.includes(item)) ? 'repaired_call' : 'repaired_review';
