import type { ModelManifest } from '../contract';
import { DATATYPE_INFO } from '../protocol/datatypes';
import { elementCount, type Tensor } from '../protocol/tensor';
import type { Session } from './session';

/** Runs once on zeros (one row, open dimensions 1), so that the first request finds memory and kernels in place. */
export async function warmUp(session: Session, manifest: ModelManifest): Promise<void> {
  const inputs = manifest.inputs.map(({ name, datatype, shape }): Tensor => {
    const sizes = shape.map((size) => (size === -1 ? 1 : size));
    const data = DATATYPE_INFO[datatype].allocate(elementCount(sizes));
    return { name, datatype, shape: sizes, data: Array.isArray(data) ? data.fill('') : data };
  });
  await session.run(
    inputs,
    manifest.outputs.map(({ name }) => name),
  );
}
