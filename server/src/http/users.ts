import type { PersonalData } from '../domain/personal-data.ts';
import type { OperationHandlers } from './operation.ts';

/** Handles `/users/{userId}/data`: export and erasure of personal data. */
export function userHandlers(personalData: PersonalData): OperationHandlers<'exportUser' | 'eraseUser'> {
  return {
    exportUser: async ({ params, by }) => ({
      status: 200,
      body: await personalData.export(params.userId, by),
    }),
    eraseUser: async ({ params, by }) => ({
      status: 200,
      body: await personalData.erase(params.userId, by),
    }),
  };
}
