import { OPERATIONS } from '@televisit/shared/operations';
import { routesOf, type MethodsOf, type TypesOf } from './derive.ts';

// Everything in this file follows from the contract. In the built package, build.mjs replaces it by its result: ROUTES is
// a literal, and the types are written out, because they would need Zod.

/** The properties of an operation that the client needs to call it. */
export const ROUTES = routesOf(OPERATIONS);

/** The types of each operation, by its name. */
export type OperationTypes = TypesOf<typeof OPERATIONS>;

/** A method for each operation that accepts the internal secret. */
export type OperationMethods = MethodsOf<typeof OPERATIONS>;

/** The name of an operation, which is that of its method. */
export type OperationId = keyof OperationTypes;

/** The body that an operation receives: `RequestOf<'createSession'>`. */
export type RequestOf<K extends OperationId> = OperationTypes[K] extends { readonly request: infer T }
  ? T
  : undefined;

/** The response of an operation: `ResponseOf<'getSession'>`. */
export type ResponseOf<K extends OperationId> = OperationTypes[K]['response'];

/** The filters of an operation, if they are an argument before its options: `FiltersOf<'listSessions'>`. */
export type FiltersOf<K extends OperationId> = OperationTypes[K] extends { readonly filters: infer T }
  ? T
  : undefined;

/** The last argument of an operation: `OptionsOf<'getCalendarLink'>`. */
export type OptionsOf<K extends OperationId> = OperationTypes[K]['options'];
