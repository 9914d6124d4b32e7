import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Form, Modal, type FormInstance } from 'antd';
import type { ReactNode } from 'react';
import { post, put } from '../api/client';
import { Refusal } from './refusal';
import { useText } from './text';

interface Props<T, Made> {
  title: string; path: string; body: (values: T) => unknown; initial?: Partial<T>; onClose: () => void; children: ReactNode | ((form: FormInstance<T>) => ReactNode);
  /** Lists to be read again; the one of `path` unless told. */
  reread?: string[];
  onMade?: (made: Made) => void;
  /** Where something that is there is changed. */
  change?: boolean;
  /** Where the fields watch each other. */
  form?: FormInstance<T>;
}

/** A form that makes one new thing: send, show the refusal beside the fields, or close and let the lists be read again. */
export function CreateDialog<T extends object, Made = unknown>({ title, path, body, initial, onClose, children, reread = [path], onMade, change = false, form: given }: Props<T, Made>) {
  const t = useText();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [form] = Form.useForm<T>(given);
  const create = useMutation({
    mutationFn: (values: T) => (change ? put : post)<Made>(path, body(values)),
    onSuccess: (made) => {
      for (const list of reread) void client.invalidateQueries({ queryKey: [list] });
      void message.success(t('form.saved'));
      onClose();
      onMade?.(made);
    },
  });
  return (
    <Modal open style={{ top: 32 }} title={title} onCancel={onClose} onOk={() => form.submit()} confirmLoading={create.isPending} okText={t('form.save')} cancelText={t('form.cancel')}>
      <Refusal error={create.error} />
      <Form<T> form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={(values) => create.mutate(values)}>
        {typeof children === 'function' ? children(form) : children}
      </Form>
    </Modal>
  );
}

export function useRequired() {
  const t = useText();
  return [{ required: true, message: t('form.required') }];
}

/** Pure: texts trimmed, empty ones null, as the server wants them. */
export function cleaned<T extends object>(values: T): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value.trim() || null : (value ?? null)]));
}
