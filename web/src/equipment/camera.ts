/** The phone's camera as a scanner, where the browser has a reader of its own (`BarcodeDetector`) and the page is served over TLS. */
interface Detector { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
type DetectorClass = new (options: { formats: string[] }) => Detector;

const detector = (): DetectorClass | undefined => (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
export const cameraReads = (): boolean => detector() !== undefined && typeof navigator.mediaDevices?.getUserMedia === 'function';

const FORMATS = ['qr_code', 'code_128', 'code_39', 'ean_13'];
/** Between two looks. */
const LOOK_MS = 250;
/** The same label stays before the camera for a while; it counts once. */
const SAME_MS = 3_000;

/** Looks until told to stop. `failed`: no camera, or nobody allowed it. */
export function readCamera(video: HTMLVideoElement, found: (code: string) => void, failed: () => void): () => void {
  let stopped = false;
  let stream: MediaStream | null = null;
  let last = { code: '', at: 0 };
  const look = async (reader: Detector) => {
    if (stopped) return;
    const codes = await reader.detect(video).catch(() => []);
    const code = codes[0]?.rawValue;
    if (code && !stopped && (code !== last.code || performance.now() - last.at > SAME_MS)) {
      last = { code, at: performance.now() };
      found(code);
    }
    if (!stopped) setTimeout(() => void look(reader), LOOK_MS);
  };
  const start = async () => {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    if (stopped) return stop();
    video.srcObject = stream;
    await video.play();
    await look(new (detector()!)({ formats: FORMATS }));
  };
  const stop = () => {
    stopped = true;
    stream?.getTracks().forEach((track) => track.stop());
  };
  start().catch(() => {
    if (!stopped) failed();
    stop();
  });
  return stop;
}
