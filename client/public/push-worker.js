/**
 * Shows push messages about visits while the page is closed or in the background. The page registers it when a participant asks
 * for messages; it handles no requests.
 */

self.addEventListener('install', () => void self.skipWaiting());

self.addEventListener('push', (event) => {
  event.waitUntil(show(messageIn(event.data)));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

/** Returns the message that the server has encrypted for this browser; null if it is not one. */
function messageIn(data) {
  try {
    const message = data.json();
    return typeof message.title === 'string' && typeof message.url === 'string' ? message : null;
  } catch {
    return null;
  }
}

async function show(message) {
  if (message === null) return;
  const { title, body, url, tag, lang, dir } = message;
  // A participant who looks at the visit knows already.
  const pages = await pagesOf(tag);
  if (pages.some(({ visibilityState }) => visibilityState === 'visible')) return;
  // A newer message about a visit takes the place of the one before, with a sound of its own.
  await self.registration.showNotification(title, {
    body,
    tag,
    lang,
    dir,
    renotify: true,
    data: { url, tag },
  });
}

/** Brings the page of the visit to the front, or opens it by the participant's own link. */
async function open({ url, tag }) {
  const [page] = await pagesOf(tag);
  if (page) await page.focus();
  else if (new URL(url).origin === self.location.origin) await self.clients.openWindow(url);
}

/** Returns the open pages of a visit. */
async function pagesOf(sessionId) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return pages.filter(({ url }) => new URL(url).pathname.endsWith(`/join/${sessionId}`));
}
