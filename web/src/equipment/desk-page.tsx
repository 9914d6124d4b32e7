/** 领还台: choose the act, scan the stack, one click for all. The hand scanner is a keyboard that ends with Enter. */
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Form, Radio } from 'antd';
import { useState } from 'react';
import { ApiError, post } from '../api/client';
import type { ActsDone } from '../api/types';
import { useMe } from '../session/session';
import { useRequired } from '../shared/create-dialog';
import { Panel } from '../shared/page';
import { Refusal } from '../shared/refusal';
import { SignaturePad, type Signed } from '../shared/signature-pad';
import { useText } from '../shared/text';
import { ActFields } from './act-fields';
import { actBody, ACTS, type Values } from './acts';
import { actedOf, fineAll, lifted, refused, tally, type Row } from './desk';
import { DeskResult } from './desk-result';
import { DeskRows } from './desk-rows';
import { EquipmentFrame } from './frame';
import { PreCheckHint, usePreCheck } from './pre-check';
import { useReread } from './queries';
import { ScanField } from './scan-field';
import { DESK_ACTS, type DeskAct } from './search';
import { useScans } from './use-scans';

/** Asked for all at once; what differs from device to device stands in its row. */
const PER_ROW = ['checks', 'condition', 'data_handed_in', 'appearance', 'battery_percent'];

export function DeskPage() {
  const t = useText();
  const { act = 'return', codes } = useSearch({ from: '/shell/equipment/desk' });
  const navigate = useNavigate();
  const choose = (next: DeskAct) => void navigate({ to: '/equipment/desk', search: { act: next }, replace: true });
  return (
    <EquipmentFrame tab="desk">
      <Radio.Group className="desk-acts" value={act} optionType="button" buttonStyle="solid" size="large" aria-label={t('equipment.desk.act')} onChange={(event) => choose(event.target.value as DeskAct)} options={DESK_ACTS.map((value) => ({ value, label: t.code('equipment.act', value) }))} />
      <Desk act={act} codes={codes} />
    </EquipmentFrame>
  );
}

function Desk({ act, codes }: { act: DeskAct; codes?: string }) {
  const t = useText();
  const scans = useScans(act, codes);
  const [done, setDone] = useState<{ act: DeskAct; result: ActsDone } | null>(null);
  const { rows, setRows } = scans;
  const { items } = usePreCheck();
  const scanned = (typed: string) => {
    setDone(null);
    scans.scan(typed);
  };
  return (
    <div className="desk">
      <section className="panel desk-scan" aria-label={t('equipment.desk.scan')}>
        <ScanField onScan={scanned} notice={scans.notice} />
        {done && rows.length === 0 && <DeskResult act={done.act} done={done.result} />}
        {rows.length > 0 && (
          <div className="desk-tally">
            <Tally rows={rows} />
            {act === 'check_out' && <Button size="small" onClick={() => setRows((now) => fineAll(now, items))}>{t('equipment.check.all_fine')}</Button>}
          </div>
        )}
        {rows.length > 0 && act === 'check_out' && <p className="desk-hint"><PreCheckHint /></p>}
        {rows.length > 0 && <DeskRows rows={rows} act={act} setRows={setRows} onRetry={scans.retry} />}
      </section>
      <Common key={act} act={act} rows={rows} setRows={setRows} onDone={(result) => { setDone({ act, result }); setRows(() => []); }} />
    </div>
  );
}

function Tally({ rows }: { rows: Row[] }) {
  const t = useText();
  const { lawful, refused: no, asking } = tally(rows);
  return (
    <span role="status">
      <b className="good">{t('equipment.desk.lawful', { count: lawful })}</b>
      {no > 0 && <b className="bad"> · {t('equipment.desk.refused', { count: no })}</b>}
      {asking > 0 && <span className="muted"> · {t('equipment.desk.asking', { count: asking })}</span>}
    </span>
  );
}

interface CommonProps { act: DeskAct; rows: Row[]; setRows: (change: (rows: Row[]) => Row[]) => void; onDone: (done: ActsDone) => void }
function Common({ act, rows, setRows, onDone }: CommonProps) {
  const t = useText();
  const reread = useReread();
  const required = useRequired();
  // Who takes devices back is signed in here; who receives them is somebody else.
  const { name: me } = useMe();
  const signature: Signed | undefined = act === 'return' ? { name: me, strokes: null } : undefined;
  const [form] = Form.useForm<Values>();
  const { lawful, asking } = tally(rows);
  const perform = useMutation({
    mutationFn: ({ signature, ...values }: Values) => post<ActsDone>('/devices/acts', actBody(act, actedOf(rows, act), values, signature as Signed | undefined)),
    onSuccess: async (result) => {
      form.resetFields();
      onDone(result);
      await reread();
    },
    onError: (error) => {
      if (error instanceof ApiError && !lifted(error.problem)) setRows((now) => refused(now, error.problem));
    },
  });
  const name = t.code('equipment.act', act);
  const one = perform.error instanceof ApiError ? lifted(perform.error.problem) : null;
  return (
    <Panel title={t('equipment.desk.for_all')}>
      <div className="panel-body">
        <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ signature }} onFinish={(values) => perform.mutate(values)}>
          <ActFields fields={ACTS[act]!.fields.filter(({ name: field }) => !PER_ROW.includes(field))} />
          {ACTS[act]!.signed && <Form.Item name="signature" label={t.code('equipment.signed_by', act)} rules={required}><SignaturePad label={t.code('equipment.signed_by', act)} /></Form.Item>}
          <Refusal error={one ? new ApiError(one) : perform.error} />
          <Button type="primary" size="large" block htmlType="submit" disabled={lawful === 0 || asking > 0} loading={perform.isPending}>{t('equipment.desk.do', { act: name, count: lawful })}</Button>
        </Form>
      </div>
    </Panel>
  );
}
