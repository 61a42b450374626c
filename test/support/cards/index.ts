export { fixturePortrait, renderCard } from './card.ts';
export type { CardFace } from './card.ts';
export { inventPerson, seededRandom, withCheckCharacter } from './person.ts';
export type { InventedPerson, InventOptions, Sex } from './person.ts';
export { photographCard } from './photograph.ts';
export type { PhotographOptions } from './photograph.ts';
