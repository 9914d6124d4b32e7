/** One act on one device or several: a small form, all of it or nothing. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Form, Modal } from 'antd';
import { ApiError, post } from '../api/client';
import type { ActsDone, Device } from '../api/types';
import { useMe } from '../session/session';
import { useRequired } from '../shared/create-dialog';
import { Refusal } from '../shared/refusal';
import { SignaturePad, type Signed } from '../shared/signature-pad';
import { useText } from '../shared/text';
import { ActFields } from './act-fields';
import { actBody, ACTS, type Values } from './acts';
import { nameOf } from './device';
import { Notes, RefusedDevices } from './refused-devices';
import { useReread } from './queries';

interface Props { act: string; devices: Device[]; onClose: () => void; onDone?: () => void }
export function ActDialog({ act, devices, onClose, onDone }: Props) {
  const t = useText();
  const { message } = App.useApp();
  const client = useQueryClient();
  const reread = useReread();
  const required = useRequired();
  const [form] = Form.useForm<Values>();
  const { fields, signed } = ACTS[act]!;
  // As at the desk: who takes a device back is signed in here.
  const { name: me } = useMe();
  const signature: Signed | undefined = act === 'return' ? { name: me, strokes: null } : undefined;
  const perform = useMutation({
    mutationFn: ({ signature, ...values }: Values) =>
      post<ActsDone>('/devices/acts', actBody(act, devices.map(({ id, revision }) => ({ id, revision })), values, signature as Signed | undefined)),
    onSuccess: async (done) => {
      await reread();
      if (done.notes.length > 0) void message.warning(<Notes notes={done.notes} />, 8);
      else void message.success(t('equipment.acted', { act: t.code('equipment.act', act), count: done.devices.length }));
      onClose();
      onDone?.();
    },
    // Somebody was quicker: behind the dialog the page already shows what has become of it.
    onError: (error) => {
      if (error instanceof ApiError && error.status === 409) void client.invalidateQueries({ queryKey: ['/devices'] });
    },
  });
  const which = devices.length === 1 ? nameOf(devices[0]!) : t('equipment.chosen', { count: devices.length });
  return (
    <Modal open style={{ top: 32 }} title={`${t.code('equipment.act', act)} · ${which}`} onCancel={onClose} onOk={() => form.submit()} confirmLoading={perform.isPending} okText={t.code('equipment.act', act)} cancelText={t('form.cancel')}>
      <Refusal error={perform.error} />
      <RefusedDevices error={perform.error} />
      <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ condition: 'good', data_handed_in: true, signature }} onFinish={(values) => perform.mutate(values)}>
        <ActFields fields={fields} />
        {signed && (
          <Form.Item name="signature" label={t.code('equipment.signed_by', act)} rules={required}><SignaturePad label={t.code('equipment.signed_by', act)} /></Form.Item>
        )}
      </Form>
    </Modal>
  );
}
