/** 签名板: the signer's name, and a field to sign in with finger, pen or mouse. Who cannot draw signs by name alone. */
import { Button, Input } from 'antd';
import { useRef, useState, type PointerEvent } from 'react';
import { isFar, isPath, PAD_HEIGHT, PAD_WIDTH, pathOf, STROKES_MOST, type Point } from './signature';
import { useText } from './text';
import './signature.css';

/** As the server takes it: without strokes the name was typed. */
export interface Signed { name: string; strokes: string | null }
interface Props { value?: Signed; onChange?: (value: Signed | undefined) => void; label: string; id?: string; /** Whose name cannot be changed here. */ fixedName?: string }

export function SignaturePad({ value, onChange, label, id, fixedName }: Props) {
  const t = useText();
  const [strokes, setStrokes] = useState<Point[][]>([]);
  const field = useRef<SVGSVGElement>(null);
  const drawing = useRef(false);
  const name = fixedName ?? value?.name ?? '';
  const tell = (nextName: string, drawn: Point[][]) => {
    const path = pathOf(drawn);
    onChange?.(nextName.trim() ? { name: nextName, strokes: path || null } : undefined);
  };
  const at = (event: PointerEvent): Point => {
    const box = field.current!.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * PAD_WIDTH, ((event.clientY - box.top) / box.height) * PAD_HEIGHT];
  };
  const begin = (event: PointerEvent) => {
    if (event.button !== 0 || pathOf(strokes).length > STROKES_MOST - 2000) return;
    drawing.current = true;
    event.currentTarget.setPointerCapture(event.pointerId);
    setStrokes([...strokes, [at(event)]]);
  };
  const move = (event: PointerEvent) => {
    if (!drawing.current) return;
    const point = at(event);
    setStrokes((before) => {
      const last = before[before.length - 1] ?? [];
      return last.length < 400 && isFar(last[last.length - 1] ?? point, point) ? [...before.slice(0, -1), [...last, point]] : before;
    });
  };
  const end = () => {
    if (!drawing.current) return;
    drawing.current = false;
    tell(name, strokes);
  };
  const clear = () => {
    setStrokes([]);
    tell(name, []);
  };
  return (
    <div className="signature" role="group" aria-label={label}>
      {fixedName === undefined
        ? <Input id={id} value={name} maxLength={80} placeholder={t('signature.name')} aria-label={t('signature.name')} autoComplete="off" onChange={(event) => tell(event.target.value, strokes)} />
        : <b>{fixedName}</b>}
      <div className="signature-field">
        <svg ref={field} viewBox={`0 0 ${PAD_WIDTH} ${PAD_HEIGHT}`} role="img" aria-label={t('signature.field')} onPointerDown={begin} onPointerMove={move} onPointerUp={end} onPointerCancel={end}>
          <line x1="30" x2={PAD_WIDTH - 30} y1={PAD_HEIGHT - 40} y2={PAD_HEIGHT - 40} />
          <path d={pathOf(strokes)} />
        </svg>
        {strokes.length === 0
          ? <span className="signature-hint" aria-hidden="true">{t(fixedName === undefined ? 'signature.hint' : 'signature.hint_drawn')}</span>
          : <Button size="small" onClick={clear}>{t('signature.clear')}</Button>}
      </div>
    </div>
  );
}

/** A signature as it was given: drawn, or the name alone. */
export function SignatureShown({ name, strokes }: { name: string; strokes: string | null }) {
  return (
    <span className="signature-shown">
      {isPath(strokes) ? <svg viewBox={`0 0 ${PAD_WIDTH} ${PAD_HEIGHT}`} role="img" aria-label={name}><path d={strokes} /></svg> : <i>{name}</i>}
    </span>
  );
}
