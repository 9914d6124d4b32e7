/** 水印: who looks, and when, over everything that is seen. Copies of the screen name their maker. */
export function Watermark({ text }: { text: string }) {
  return <div className="watermark" aria-hidden="true">{Array.from({ length: 12 }, (_, i) => <span key={i}>{text}</span>)}</div>;
}
