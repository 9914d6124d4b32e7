import { useId } from 'react';

/** 水印: who looks, and when, over everything that is seen. Copies of the screen name their maker. */
export function Watermark({ text }: { text: string }) {
  const id = useId();
  const width = 60 + [...text].length * 11;
  return (
    <svg className="watermark" aria-hidden="true">
      <defs>
        <pattern id={id} width={width} height="92" patternUnits="userSpaceOnUse" patternTransform="rotate(-14)">
          <text x="0" y="30">{text}</text>
          <text x={width / 2} y="76">{text}</text>
          <text x={-width / 2} y="76">{text}</text>
        </pattern>
      </defs>
      <rect width="100%" height="100%" fill={`url(#${id})`} />
    </svg>
  );
}
