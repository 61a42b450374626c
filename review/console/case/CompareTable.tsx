import { Button, Tooltip } from 'antd';
import { useState } from 'react';
import { FINDINGS } from '../../../contracts/findings.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView, Uncovered } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { useWords } from '../i18n/index.tsx';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { compareRows, compareVerdict, fieldNotes, markDifferences, normalise, sameValue } from './compare.ts';
import type { CompareRow, Lack } from './compare.ts';
import { toleratedWords, valueWords, verdictWords } from './words.ts';

type Field = 'idNumber' | 'phone' | 'card';

/** What was typed, what was read from the uploads and what was read in the call, field by field (R14); masked values uncover by a logged click (R43). */
export function CompareTable({ view, mayUncover }: { view: CaseView; mayUncover: boolean }) {
  const { t, pick } = useWords();
  const tell = useTell();
  const [clear, setClear] = useState<Partial<Record<Field, Uncovered>>>({});
  const rows = compareRows(view, clear.idNumber);
  const verdict = compareVerdict(rows);

  const uncover = async (field: Field): Promise<void> => {
    try {
      const found = await http(STAFF_OPERATIONS.uncover, { params: { applicationId: view.applicationId }, body: { field } });
      setClear((old) => ({ ...old, [field]: found }));
    } catch (error) {
      tell.failed(error);
    }
  };
  const uncoverButton = (field: Field) => mayUncover && clear[field] === undefined && (
    <Tooltip title={t('case.uncoverHint')}>
      <Button type="link" size="small" className="uncover" data-testid={TESTIDS.uncover(field)} onClick={() => void uncover(field)}>{t('case.uncover')}</Button>
    </Tooltip>
  );

  return (
    <>
      <div className={verdict.agrees ? 'verdict' : 'verdict verdict-attend'} data-testid={TESTIDS.compareVerdict} data-agrees={verdict.agrees}>{verdictWords(t, verdict).join(' · ')}</div>
      <table className="compare">
        <thead><tr><th /><th>{t('case.form')}</th><th>{t('case.upload')}</th><th>{t('case.callPhoto')}</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.field} className={row.differs ? 'compare-differs' : ''} data-testid={TESTIDS.compareRow(row.field)} data-differs={row.differs}>
              <th>
                {t(`field.${row.field}`)}
                {row.differs && <span className="compare-flag">{t('case.differs')}</span>}
              </th>
              <td>{row.form === undefined ? '–' : valueWords(t, row.field, row.form)}{row.field === 'idNumber' && uncoverButton('idNumber')}</td>
              <td><Read row={row} value={row.upload} lack={row.lacks.upload === 'noPhoto' ? 'noUpload' : row.lacks.upload} /></td>
              <td><Read row={row} value={row.call} lack={row.lacks.call} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl className="pairs">
        <dt>{t('field.phone')}</dt><dd>{clear.phone?.value ?? view.form?.phoneMasked ?? '–'}{uncoverButton('phone')}</dd>
        <dt>{t('field.bank')}</dt><dd>{view.custody ? `${pick(view.custody.bankName)}` : '–'}</dd>
        <dt>{t('field.card')}</dt><dd>{clear.card?.value ?? view.custody?.cardMasked ?? '–'}{view.custody && uncoverButton('card')}</dd>
      </dl>
      <OtherDifferences rows={rows} />
    </>
  );
}

/** Notes on a field that the columns alone do not tell, in the catalogue's words. */
function OtherDifferences({ rows }: { rows: readonly CompareRow[] }) {
  const { t, pick } = useWords();
  const notes = fieldNotes(rows);
  if (notes.length === 0) return null;
  return (
    <ul className="findings">
      {notes.map(({ code, severity, fields, tolerated = [] }) => (
        <li key={`${code} ${severity} ${tolerated.join()}`} className={`finding-${severity}`}>
          {fields.map((field) => t(`field.${field}`)).join(t('list.comma'))}{t('list.colon')}{pick(FINDINGS[code])}{tolerated.length > 0 && ` (${toleratedWords(t, tolerated)})`}
        </li>
      ))}
    </ul>
  );
}

function Read({ row, value, lack }: { row: CompareRow; value: string | undefined; lack: Lack | 'noUpload' }) {
  const { t } = useWords();
  if (value === undefined) return <span className="compare-missing" data-lack={lack}>{t(`case.lack.${lack}`)}</span>;
  if (row.form === undefined || sameValue(row.field, row.form, value)) return <>{valueWords(t, row.field, value)}</>;
  if (row.field === 'sex' || row.field === 'validTo') return <mark>{valueWords(t, row.field, value)}</mark>;
  return <>{markDifferences(normalise(row.field, row.form), value).map((part, i) => (part.differs ? <mark key={i}>{part.text}</mark> : <span key={i}>{part.text}</span>))}</>;
}
