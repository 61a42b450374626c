import { config } from 'zod';

// The content security policy allows no code made from strings: zod shall not even try. Imported before any schema is made.
config({ jitless: true });
