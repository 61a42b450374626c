/** What comparing a photo of the call with the recording says (R20, R42): whether the photo was in the picture at its second. */
import { z } from 'zod';
import type { FindingCode } from './findings.ts';
import { fieldBox } from './reading.ts';

/** What is compared: the photo of record, the phone's still, another frame of the burst that was read instead. */
export const COMPARED_PICTURES = ['record', 'still', 'read'] as const;
export const comparedPicture = z.enum(COMPARED_PICTURES);
export type ComparedPicture = z.infer<typeof comparedPicture>;

/**
 * `same`: it was in the picture. `mirrored`, `retouched` (a place of it), `elsewhen` (it was, at another moment), `other` (nowhere
 * near it). `undecidable`: nothing of that moment lies in the recording to compare with.
 */
export const FRAME_VERDICTS = ['same', 'mirrored', 'retouched', 'elsewhen', 'other', 'undecidable'] as const;
export const frameVerdict = z.enum(FRAME_VERDICTS);
export type FrameVerdict = z.infer<typeof frameVerdict>;

export const frameComparison = z.object({
  verdict: frameVerdict,
  /** 1: the same as the recorded frame; 0: nothing of it. null when there was none. */
  similarity: z.number().nullable(),
  /** Of the worst place: 0 the same, about 1 another picture; and of the rest of the picture. */
  worst: z.number().nullable(),
  usual: z.number().nullable(),
  /** Where the worst place is, in shares of the picture; only where that is the finding. */
  box: fieldBox.optional(),
  /** `elsewhen`: how long after the photo's time that moment is, in ms; negative: before it. */
  offsetMs: z.number().optional(),
});
export type FrameComparison = z.infer<typeof frameComparison>;

/** What a verdict is on the screens; of a picture that was there nothing is said. */
export const VERDICT_FINDINGS = {
  same: null, mirrored: 'PHOTO_MIRRORED', retouched: 'PHOTO_RETOUCHED', elsewhen: 'PHOTO_OF_OTHER_MOMENT', other: 'PHOTO_NOT_IN_RECORDING', undecidable: 'PHOTO_NOT_COMPARED',
} as const satisfies Record<FrameVerdict, FindingCode | null>;
