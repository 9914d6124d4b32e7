import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { prefetchSession, Root } from './app/root';
import { startLanguage } from './shared/text';
import './app/style.css';

prefetchSession(); // on its way while the scripts of the page arrive
void startLanguage().then(() => {
  createRoot(document.getElementById('root')!).render(<StrictMode><Root /></StrictMode>);
});

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  window.addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined));
}
