import { z } from 'zod';

/** Several values of an enumeration in one query parameter. */
export const commaList = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(values)))
    .meta({ description: `One or more of ${values.join(', ')}, separated by commas.` });

/** How many entries a page of a list has. */
export const pageSize = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .meta({ description: 'The maximum number of entries in the response.' });

/** Where a page of a list begins. */
export const cursor = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .meta({ description: 'The `nextCursor` of the previous page.' });
