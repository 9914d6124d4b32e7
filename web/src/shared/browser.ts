/** What the browser tells us: width and network. */
import { useSyncExternalStore } from 'react';

/** Below this width lists are cards and the menu is a drawer. The same figure stands in `app/style.css`. */
const PHONE = '(max-width: 767.98px)';

function watchWidth(listener: () => void) {
  const media = window.matchMedia(PHONE);
  media.addEventListener('change', listener);
  return () => media.removeEventListener('change', listener);
}
export const usePhone = (): boolean => useSyncExternalStore(watchWidth, () => window.matchMedia(PHONE).matches, () => false);

function watchNetwork(listener: () => void) {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}
export const useOnline = (): boolean => useSyncExternalStore(watchNetwork, () => navigator.onLine, () => true);

/** Hands a file to the browser's own download, e.g. a receipt. Same-site address, cookie goes with it. */
export function download(address: string, name: string) {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** The same of a file that is already here. */
export function save(file: Blob, name: string) {
  const address = URL.createObjectURL(file);
  download(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // some browsers begin to read only after the click
}
