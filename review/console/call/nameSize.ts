/** How a name is set: names of minorities run to a dozen characters and more, and the video must keep its place. */
export const nameSize = (name: string): 'short' | 'long' | 'longest' => ([...name].length <= 6 ? 'short' : [...name].length <= 12 ? 'long' : 'longest');
