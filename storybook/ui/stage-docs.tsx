/** The documentation page of a stage: what it means, and one demo of it. */
import { Controls, Description, Primary, Subtitle, Title } from "@storybook/addon-docs/blocks";

export const StageDocs = () => (
  <>
    <Title />
    <Subtitle />
    <Description />
    <Primary />
    <Controls />
  </>
);
