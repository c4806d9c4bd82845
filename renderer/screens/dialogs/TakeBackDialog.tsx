import type { AsideProfile } from '../../../core/api/views.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { TakeBackForm } from '../../components/TakeBackForm.tsx';
import { useTakeBack } from '../../hooks/use-aside-profiles.ts';

/** Back to an earlier profile, out of the open one. */
export function TakeBackDialog({ aside, onClose }: { aside: AsideProfile; onClose: () => void }) {
  return (
    <Dialog title="Take back a profile" onClose={onClose}>
      <TakeBackForm aside={aside} onTakeBack={useTakeBack()} />
    </Dialog>
  );
}
