import { apiDocument } from './api-document.ts';
import type { OperationHandler } from './operation.ts';

/** `/healthz`: this process listens. */
export const getHealth: OperationHandler<'getHealth'> = () =>
  Promise.resolve({ status: 200, body: { status: 'ok' } });

/** `/openapi.json`: the contract of this very server. */
export const getOpenApi: OperationHandler<'getOpenApi'> = () =>
  Promise.resolve({ status: 200, body: { ...apiDocument() } });
