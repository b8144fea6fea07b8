/** The permissions of a participant. The server checks it for every message; the client only hides unavailable actions. */
export const PERMISSIONS = ['publish', 'subscribe', 'moderate', 'end_session'] as const;
export type Permission = (typeof PERMISSIONS)[number];

const HOST = ['publish', 'subscribe', 'moderate', 'end_session'] as const satisfies readonly Permission[];
const PARTICIPANT = ['publish', 'subscribe'] as const satisfies readonly Permission[];
const OBSERVER = ['subscribe'] as const satisfies readonly Permission[];

const ROLE_PERMISSIONS = {
  doctor: HOST,
  teacher: HOST,
  mentor: HOST,
  instructor: HOST,
  patient: PARTICIPANT,
  student: PARTICIPANT,
  mentee: PARTICIPANT,
  pupil: PARTICIPANT,
  interpreter: PARTICIPANT,
  guest: PARTICIPANT,
  observer: OBSERVER,
} as const satisfies Record<string, readonly Permission[]>;

/** A seat's role, which decides the permissions and nothing else. */
export type Role = keyof typeof ROLE_PERMISSIONS;
export const ROLES = Object.keys(ROLE_PERMISSIONS) as [Role, ...Role[]];

/** Returns the permissions that the role's join tokens contain. */
export function permissionsOf(role: Role): readonly Permission[] {
  return ROLE_PERMISSIONS[role];
}
