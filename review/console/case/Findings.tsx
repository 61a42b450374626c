import { FINDINGS } from '../../../contracts/findings.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { Decided } from './DecideFinding.tsx';
import { useWords } from '../i18n/index.tsx';

/** Findings in the catalogue's words, the gravest first. */
export function Findings({ findings, testId }: { findings: readonly Finding[]; testId?: string }) {
  const { t, pick } = useWords();
  if (findings.length === 0) return null;
  const order = { serious: 0, warning: 1, info: 2 } as const;
  const sorted = [...findings].sort((a, b) => order[a.severity] - order[b.severity]);
  return (
    <ul className="findings" data-testid={testId}>
      {sorted.map((f, index) => (
        <li key={index} className={`finding-${f.severity}`} data-code={f.code}>{f.field && `${t(`field.${f.field}`)}${t('finding.colon')}`}{pick(FINDINGS[f.code])}<Decided finding={f} /></li>
      ))}
    </ul>
  );
}
