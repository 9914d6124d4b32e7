/** An order with everything told of it, and the step that is next for this reader. */
import { Link } from '@tanstack/react-router';
import { useMutation } from '@tanstack/react-query';
import { Button, Form, Modal } from 'antd';
import { useState } from 'react';
import { post } from '../api/client';
import type { Device, Order } from '../api/types';
import { formOfOrder } from '../documents/forms';
import { PrintMenu } from '../documents/print';
import { useCan } from '../session/session';
import { formatTime } from '../shared/format';
import { Badge } from '../shared/page';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';
import { ActFields } from './act-fields';
import type { ActField, Values } from './acts';
import { nextSteps, OPENINGS, stepBody, turnOf, type StepForm } from './orders';
import { useReread } from './queries';
import { stepLines } from './step-lines';

export function OrderLine({ order, linked = false }: { order: Order; linked?: boolean }) {
  const t = useText();
  const can = useCan();
  const [step, setStep] = useState<StepForm | null>(null);
  const form = formOfOrder[order.kind];
  const turn = turnOf(order);
  const units = [order.unit?.name, order.to_unit?.name].filter(Boolean).join(' → ');
  return (
    <li className="order">
      <div className="row">
        <b>{t.code('equipment.order', order.kind)}</b>
        <Badge tone={order.closed_ms === null ? 'warn' : 'plain'}>{t.code('equipment.order_state', order.state)}</Badge>
        {linked && <Link to="/equipment/$id" params={{ id: order.device.id }}>{order.device.name}</Link>}
        {units && <span className="muted">{units}</span>}
        <span className="order-next">{nextSteps(order, can).map((one, i) => <Button key={one.step} size="small" type={i === 0 ? 'primary' : 'default'} onClick={() => setStep(one)}>{t.code('equipment.order_step', one.step)}</Button>)}{form && order.state !== 'withdrawn' && <PrintMenu size="small" forms={[form]} subjects={[order.device.id]} />}</span>
      </div>
      <ol className="order-told">
        {order.told.map(({ step: name, name: who, at_ms, ...more }, i) => (
          <li key={i}>
            <span className="number muted">{formatTime(at_ms)}</span> <b>{t.code('equipment.order_step', name)}</b> {who}
            <dl className="step-detail">{stepLines({ ...more, by: undefined, articles: undefined }, t).map(([field, value]) => <div key={field}><dt>{field}</dt><dd>{value}</dd></div>)}</dl>
          </li>
        ))}
      </ol>
      {turn && <p className="order-turn muted small">{t.code('equipment.order_turn', turn)}</p>}
      {step && <OrderForm title={`${t.code('equipment.order_step', step.step)} · ${t.code('equipment.order', order.kind)} ${order.device.name}`} fields={step.fields} path={`/device-orders/${encodeURIComponent(order.id)}/steps`} body={(values) => stepBody(step, values)} onClose={() => setStep(null)} />}
    </li>
  );
}

interface FormProps { title: string; fields: readonly ActField[]; path: string; body: (values: Values) => unknown; onClose: () => void }
function OrderForm({ title, fields, path, body, onClose }: FormProps) {
  const t = useText();
  const reread = useReread();
  const [form] = Form.useForm<Values>();
  const send = useMutation({
    mutationFn: (values: Values) => post<Order>(path, body(values)),
    onSuccess: async () => {
      await reread();
      onClose();
    },
  });
  return (
    <Modal open style={{ top: 32 }} title={title} onCancel={onClose} onOk={() => form.submit()} confirmLoading={send.isPending} okText={t('form.save')} cancelText={t('form.cancel')}>
      <Refusal error={send.error} />
      <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ approve: true, misuse: false, during_enforcement: false }} onFinish={(values) => send.mutate(values)}><ActFields fields={fields} /></Form>
    </Modal>
  );
}

export function OpenOrder({ kind, device, onClose }: { kind: string; device: Device; onClose: () => void }) {
  const t = useText();
  const fields = OPENINGS[kind] ?? [];
  const body = (values: Values) => ({ ...stepBody({ step: '', from: [], needs: 'device.manage', fields }, values), step: undefined, kind, device_id: device.id, revision: device.revision });
  return <OrderForm title={`${t.code('equipment.open_order', kind)} · ${device.asset_no ?? device.serial_no}`} fields={fields} path="/device-orders" body={body} onClose={onClose} />;
}
