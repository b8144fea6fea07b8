/** A person is waiting; a server that takes longer than this has another problem, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Creates a visit through the HTTP API, as a telemedicine backend does, and returns its two links.
 * @param {string} url of the server
 * @param {string} internalSecret
 */
export async function createDemoVisit(url, internalSecret) {
  const people = { doctorId: 'demo-doctor', patientId: 'demo-patient' };
  /** @param {string} path @param {object} body */
  const post = async (path, body) => {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-internal-secret': internalSecret },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}`);
    return /** @type {Promise<any>} */ (response.json());
  };
  const { sessionId } = await post('/sessions', { appointmentId: `demo-${Date.now()}`, ...people });
  const [doctor, patient] = await Promise.all([
    post(`/sessions/${sessionId}/join`, { role: 'doctor', userId: people.doctorId }),
    post(`/sessions/${sessionId}/join`, { role: 'patient', userId: people.patientId }),
  ]);
  return { doctor: String(doctor.joinUrl), patient: String(patient.joinUrl) };
}

/** @param {{ doctor: string, patient: string }} links */
export function demoText(links) {
  return [
    '',
    '  A demo visit is ready. Open each link in a browser window of its own; both work for an hour.',
    '',
    `  Doctor   ${links.doctor}`,
    '',
    `  Patient  ${links.patient}`,
    '',
    '',
  ].join('\n');
}
