import type { DocumentReading, Evidence, Finding } from '../../../contracts/reading.ts';

/** Says of each finding which picture it speaks of, and where on it the field stands. */
export function pointAt(picture: NonNullable<Evidence['picture']>, reading: DocumentReading | null, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => {
    const box = finding.evidence?.box ?? (finding.field === undefined ? undefined : reading?.fields[finding.field]?.box);
    return { ...finding, evidence: { picture, ...(box ? { box } : {}) } };
  });
}
