import { z } from 'zod';

// Imported before every schema: zod would try to make code from a string, which the content security policy forbids and reports.
z.config({ jitless: true });
