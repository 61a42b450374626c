import { errorBody } from '../../../contracts/errors.ts';
import { MAX_UPLOAD_BYTES } from '../../../contracts/http/common.ts';
import { HttpError } from '../../rtc/http.ts';

/** Photos above this size are made smaller on the phone: 4G uploads of 10 MB are where people give up. */
const LARGE_BYTES = 3_000_000;
const LONGEST_SIDE = 3000;

/**
 * The file to upload: large photos scaled to 3000 px and saved as JPEG, upright as the phone shows them. Whatever this
 * browser cannot read goes as it is, so that the server names what is wrong with it.
 */
export const readyToUpload = async (file: File): Promise<Blob> => {
  const smaller = await shrunk(file);
  // Sent in full it would be refused, minutes later.
  if (smaller.size > MAX_UPLOAD_BYTES) throw new HttpError(413, errorBody('UPLOAD_TOO_LARGE'));
  return smaller;
};

const shrunk = async (file: File): Promise<Blob> => {
  if (file.size <= LARGE_BYTES || typeof createImageBitmap !== 'function') return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const smaller = await new Promise<Blob | null>((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.92); });
    return smaller !== null && smaller.size < file.size ? smaller : file;
  } catch {
    return file;
  }
};
