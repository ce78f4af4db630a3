/** The mark of one student on one day. */
import type { Mark } from "./register.tsx";

interface MarkRowProps {
  readonly name: string;
  /** `null`: none yet. */
  readonly mark: string | null;
  readonly choose: (mark: Mark) => void;
}

const marks: readonly Mark[] = ["present", "absent"];

export const MarkRow = ({ name, mark, choose }: MarkRowProps) => (
  <li className="row">
    <fieldset className="marks">
      <legend className="name">{name}</legend>
      {marks.map((one) => (
        <label key={one} className={`mark mark-${one}`}>
          <input type="radio" name={`mark of ${name}`} checked={mark === one} onChange={() => choose(one)} />
          {one}
        </label>
      ))}
    </fieldset>
  </li>
);
