import { useMutation } from '@tanstack/react-query';
import { App, Form, Input, Modal } from 'antd';
import { post } from '../api/client';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';

/** 修改密码. The rules for a good one are the server's; only the repetition is checked here. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const t = useText();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ old: string; new: string; again: string }>();
  const change = useMutation({
    mutationFn: (values: { old: string; new: string }) => post('/session/password', { old: values.old, new: values.new }),
    onSuccess: () => {
      void message.success(t('session.password.done'));
      onClose();
    },
  });
  const same = ({ getFieldValue }: { getFieldValue: (name: string) => unknown }) => ({
    validator: (_: unknown, value: unknown) =>
      value === getFieldValue('new') ? Promise.resolve() : Promise.reject(new Error(t('session.password.differs'))),
  });
  const required = [{ required: true, message: t('form.required') }];
  return (
    <Modal open title={t('session.password.title')} onCancel={onClose} onOk={() => form.submit()} confirmLoading={change.isPending} okText={t('form.save')} cancelText={t('form.cancel')}>
      <Refusal error={change.error} />
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => change.mutate(values)}>
        <Form.Item name="old" label={t('session.password.old')} rules={required}><Input.Password autoComplete="current-password" /></Form.Item>
        <Form.Item name="new" label={t('session.password.new')} rules={required}><Input.Password autoComplete="new-password" /></Form.Item>
        <Form.Item name="again" label={t('session.password.again')} dependencies={['new']} rules={[...required, same]}><Input.Password autoComplete="new-password" /></Form.Item>
      </Form>
    </Modal>
  );
}
