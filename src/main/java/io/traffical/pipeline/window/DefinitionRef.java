package io.traffical.pipeline.window;

import io.traffical.pipeline.definition.Definitions;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;

/**
 * Names one assignment or fact definition.
 *
 * @param kind which of the two
 * @param name the definition's name in the file
 */
public record DefinitionRef(Kind kind, String name) implements Serializable {
  /** The two kinds of definition that are read from the source. */
  public enum Kind {
    /** One row per exposure. */
    ASSIGNMENT,
    /** One row per outcome. */
    FACT;

    /** Returns the word used in tables, commands and messages. */
    public String word() {
      return this == ASSIGNMENT ? "assignment" : "fact";
    }
  }

  /** Refers to an assignment definition. */
  public static DefinitionRef assignment(String name) {
    return new DefinitionRef(Kind.ASSIGNMENT, name);
  }

  /** Refers to a fact definition. */
  public static DefinitionRef fact(String name) {
    return new DefinitionRef(Kind.FACT, name);
  }

  /** Returns all definitions of a file, used by a policy or not: assignments, then facts. */
  public static List<DefinitionRef> all(Definitions definitions) {
    return Stream.concat(
            definitions.assignments().keySet().stream().map(DefinitionRef::assignment),
            definitions.facts().keySet().stream().map(DefinitionRef::fact))
        .toList();
  }

  @Override
  public String toString() {
    return kind.word() + " " + name;
  }
}
