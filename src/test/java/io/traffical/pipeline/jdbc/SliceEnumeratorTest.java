package io.traffical.pipeline.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.junit.jupiter.api.Test;

class SliceEnumeratorTest {
  private final List<String> handed = new ArrayList<>();

  @Test
  void everyReaderGetsAFirstSliceBeforeAnyGetsASecond() {
    SliceEnumerator slices = enumerator(4, 2);
    slices.handleSplitRequest(0, "host");
    slices.handleSplitRequest(0, "host");
    assertThat(handed).containsExactly("0: slice 0");

    slices.handleSplitRequest(1, "host");
    assertThat(handed).containsExactly("0: slice 0", "1: slice 1", "0: slice 2");

    slices.handleSplitRequest(1, "host");
    slices.handleSplitRequest(0, "host");
    assertThat(handed).endsWith("1: slice 3", "0: no more");
  }

  @Test
  void aReaderThatIsDoneWithItsFirstSliceDoesNotWaitForTheOthers() {
    SliceEnumerator slices = enumerator(2, 2);
    slices.handleSplitRequest(0, "host");
    slices.handleSplitRequest(0, "host");
    slices.handleSplitRequest(0, "host");

    assertThat(handed).containsExactly("0: slice 0", "0: slice 1");
  }

  @Test
  void theSlicesOfAFailedReaderAreHandedOutAgain() {
    SliceEnumerator slices = enumerator(2, 1);
    slices.handleSplitRequest(0, "host");
    slices.addSplitsBack(List.of(slice(0)), 0);
    slices.handleSplitRequest(0, "host");
    slices.handleSplitRequest(0, "host");

    assertThat(handed).containsExactly("0: slice 0", "0: slice 0", "0: slice 1");
  }

  private SliceEnumerator enumerator(int slices, int readers) {
    return new SliceEnumerator(
        context(readers), IntStream.range(0, slices).mapToObj(i -> slice(i)).toList(), null);
  }

  private static Slice slice(int i) {
    return new Slice("slice " + i, Slice.Kind.DEFINITION, 0, List.of(), 0, 1, "SELECT 1");
  }

  @SuppressWarnings("unchecked")
  private SplitEnumeratorContext<Slice> context(int readers) {
    return (SplitEnumeratorContext<Slice>)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {SplitEnumeratorContext.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "currentParallelism" -> {
                  return readers;
                }
                case "assignSplit" ->
                    handed.add(arguments[1] + ": " + ((Slice) arguments[0]).splitId());
                case "signalNoMoreSplits" -> handed.add(arguments[0] + ": no more");
                default -> throw new AssertionError("unexpected call of " + method.getName());
              }
              return null;
            });
  }
}
