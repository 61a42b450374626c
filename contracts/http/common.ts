import { z } from 'zod';

/** A photo file may have so many bytes: page, server and reader agree on it. */
export const MAX_UPLOAD_BYTES = 12 * 1024 * 1024;

export const language = z.enum(['zh', 'en']);
export type Language = z.infer<typeof language>;
export const bilingual = z.object({ zh: z.string(), en: z.string() });
export const isoTime = z.iso.datetime();
export const isoDate = z.iso.date();
export const id = z.uuid();
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
export const documentSide = z.enum(['portrait', 'emblem']);
export type DocumentSide = z.infer<typeof documentSide>;
export const ok = z.object({ ok: z.literal(true) });

export type HttpMethod = 'get' | 'post' | 'put' | 'delete';
/** Who may call: nobody logged in, the client of the case, or staff of these roles. */
export type Access = 'public' | 'client' | 'client-anonymous' | readonly StaffRole[];

export const staffRole = z.enum(['witness', 'reviewer', 'lead', 'inspector', 'auditor', 'compliance', 'admin']);
export type StaffRole = z.infer<typeof staffRole>;

/** One HTTP operation: the router, the browser's fetch helper and /openapi.json are all made from it. */
export interface Operation {
  readonly method: HttpMethod;
  /** Express style path with `:name` parameters (all strings), below the server's root. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** `multipart/form-data` with one file in the field `file`. */
  readonly upload?: boolean;
  /** JSON answer; absent for `binary` and `download`. */
  readonly response?: z.ZodType;
  readonly binary?: string;
  /** A file that is made while it is sent, of this type. */
  readonly download?: string;
}
export const operation = <const O extends Operation>(o: O): O => o;
