/**
 * Where a photo stops being good enough (R21), as data. Each was set on tuning photos (docs/decisions/0015-photo-quality-on-the-card.md
 * says how and how far good and bad lie apart); the final photos of the bench had no part in it.
 */
export const QUALITY_LIMITS = {
  document: {
    /** Below it characters run together. Good tuning photos 0.71 and more, deliberately blurred or moved ones 0.53 and less. */
    sharpness: 0.6,
    /** A sheet seen at a slant is softer across than along: then only this little sharpness is blur. */
    slantSharpness: 0.36,
    /** A blurred photo was moved, not out of focus, from here on. */
    motion: 0.545,
    /** Mean brightness of the card, 0…255. */
    tooDark: 65,
    /** Share of blown-out pixels. */
    overExposed: 0.5,
    glare: 0.012,
    tiltDeg: 40,
    /** Where hardly any print lay as the design has it: good photos lean 26° at most, and find more. */
    unsureTiltDeg: 30,
    /** Pixels across the card: an address character then has 15. */
    widthPx: 400,
  },
  face: { sharpness: 0.2, motion: 0.6, tooDark: 45, overExposed: 0.3, widthPx: 96 },
  /** A picture without a document in it: so little light, or so much, that there may well be one. */
  whole: { tooDark: 60, overExposed: 0.5, sharpness: 0.5 },
  /** Shares of the picture: a corner nearer to its edge than this may lie beyond it. */
  corner: 0.004,
  /** …and where only the print says where the corner is, it lies beyond the edge by this much. */
  printedCorner: 0.012,
} as const;
