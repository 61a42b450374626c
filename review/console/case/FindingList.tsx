import { Button } from 'antd';
import { useState } from 'react';
import { FINDINGS } from '../../../contracts/findings.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { useWords } from '../i18n/index.tsx';
import { keyOf } from '../i18n/words.ts';
import { TESTIDS } from '../testids.ts';
import { Crop } from './Crop.tsx';
import { Decided, DecideFinding } from './DecideFinding.tsx';
import type { Acting } from './DecideFinding.tsx';
import { allFindings } from './evidence.ts';
import { rejectionWords, toleratedWords, valueWords } from './words.ts';

/** Every finding of the case beside the part of the picture that it speaks of; the gravest first. The witness of a running call may decide on what was misread. */
export function FindingList({ view, acting }: { view: CaseView; acting?: Acting | undefined }) {
  const { t } = useWords();
  const [deciding, setDeciding] = useState<Finding>();
  const findings = allFindings(view);
  if (findings.length === 0) return <p className="quiet" data-testid={TESTIDS.findingList} data-count={0}>{t('finding.none')}</p>;
  return (
    <>
      <ol className="finding-list" data-testid={TESTIDS.findingList} data-count={findings.length}>
        {findings.map((finding, index) => <Row key={index} view={view} finding={finding} onDecide={acting && mayDecide(finding) ? setDeciding : undefined} />)}
      </ol>
      {deciding && acting && <DecideFinding view={view} finding={deciding} acting={acting} onClose={() => setDeciding(undefined)} />}
    </>
  );
}

const mayDecide = ({ closesApprove, decideOn, decision }: Finding): boolean => closesApprove === true && decideOn !== undefined && decision === undefined;

function Row({ view, finding, onDecide }: { view: CaseView; finding: Finding; onDecide?: ((finding: Finding) => void) | undefined }) {
  const { t, pick } = useWords();
  const pictures = [finding.evidence, finding.againstEvidence].filter((e) => e?.picture !== undefined);
  return (
    <li className={`finding-row finding-${finding.severity}${comparesPictures(finding) ? ' finding-faces' : ''}`} data-testid={TESTIDS.finding(finding.code)} data-code={finding.code} data-blocks={finding.blocks} data-closes={finding.closesApprove ?? false}>
      <div className="finding-crops">{pictures.map((evidence, i) => evidence && <Crop key={i} view={view} evidence={evidence} />)}</div>
      <div className="finding-words">
        <strong>{finding.field && `${t(`field.${finding.field}`)}${t('finding.colon')}`}{pick(FINDINGS[finding.code])}</strong>
        <Values finding={finding} />
        {finding.tolerated && finding.tolerated.length > 0 && <span className="finding-tolerated">{toleratedWords(t, finding.tolerated)}</span>}
        <span className="finding-rule quiet">{finding.rule}{finding.closesApprove && <em>{t('finding.blocks')}</em>}</span>
        {onDecide && <Button size="small" danger className="finding-decide" data-testid={TESTIDS.findingDecide(finding.code, finding.field)} onClick={() => onDecide(finding)}>{t('finding.decide')}</Button>}
        <Decided finding={finding} />
      </div>
    </li>
  );
}

/** Two pictures that have to be looked at beside each other: faces (R17), a photo and what was recorded at its second (R20). */
const comparesPictures = (finding: Finding): boolean => isSimilarity(finding) || finding.againstEvidence?.picture?.startsWith('recorded.') === true;

/** How alike two faces are, and which (R17). */
const isSimilarity = ({ code }: Finding): boolean => code === 'FACE_SIMILARITY' || code === 'FACE_SIMILARITY_LOW';

/** The two values that do not agree, each with the place it stands in. */
function Values({ finding }: { finding: Finding }) {
  const { field, said, expected, source, against } = finding;
  const { t, pick } = useWords();
  if (said === undefined && expected === undefined) return null;
  if (finding.code === 'EARLIER_REJECTION' && said !== undefined) return <span className="finding-values">{pick(rejectionWords(said))}</span>;
  const place = (name: string | undefined, other: 'said' | 'expected'): string => { const key = name && keyOf('place', name); return key ? t(key) : t(`finding.${other}`); };
  const words = (value: string | undefined): string => (value === undefined ? t('finding.absent') : field ? valueWords(t, field, value) : value);
  if (isSimilarity(finding) && said !== undefined) return <span className="finding-values">{t('finding.similarity', { value: said, with: place(against, 'expected') })}</span>;
  if (expected === undefined && source === undefined) return <span className="finding-values">{words(said)}</span>;
  return (
    <dl className="finding-values">
      <dt>{place(source, 'said')}</dt><dd>{words(said)}</dd>
      <dt>{place(against, 'expected')}</dt><dd>{words(expected)}</dd>
    </dl>
  );
}
