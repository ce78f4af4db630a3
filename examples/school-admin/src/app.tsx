import { AddStudent } from "./add-student";
import { ModeSwitch } from "./mode-switch";
import { SignIn } from "./sign-in";
import { Students } from "./students";

export function App() {
  return (
    <main>
      <h1>Hill School</h1>
      <SignIn />
      <ModeSwitch />
      <AddStudent />
      <Students />
    </main>
  );
}
