// The shell only: pages and hashed assets, so that an installed app opens when the network is gone and says so.
// Nothing below /api or /log is ever kept: a recording, a name or a verdict must come from the server every time.
const CACHE = 'shell-1';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.add('/')).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((n) => n !== CACHE).map((n) => caches.delete(n))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    event.respondWith(page(request));
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(asset(request));
  }
});

/** The newest shell while the server answers, the kept one when it does not. Downloads and API pages pass by untouched. */
async function page(request) {
  const path = new URL(request.url).pathname;
  if (path.startsWith('/api/') || path.startsWith('/log/')) return fetch(request);
  try {
    const fresh = await fetch(request);
    if (fresh.ok && (fresh.headers.get('content-type') ?? '').startsWith('text/html')) {
      const cache = await caches.open(CACHE);
      await cache.put('/', fresh.clone());
    }
    return fresh;
  } catch {
    return (await caches.match('/')) ?? Response.error();
  }
}

/** Assets carry a digest in their name, so a kept one is never stale. */
async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) (await caches.open(CACHE)).put(request, fresh.clone());
  return fresh;
}
