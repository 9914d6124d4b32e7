import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` talks to a server already running; `npm run build` needs none.
const server = process.env.TIEZHENG_SERVER ?? 'http://127.0.0.1:8620';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'chrome87', // office PCs: the oldest engine of the domestic browsers still met
    chunkSizeWarningLimit: 700,
  },
  server: {
    fs: { allow: ['..'] }, // ../locales
    proxy: { '/api': server, '/log': server },
  },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], environment: 'node' },
});
