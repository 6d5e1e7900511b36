Feature: Flow
  What runs next, and what does not.

  Scenario: A task whose condition does not hold is passed over
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: condition, version: '1.0.0' }
    do:
      - greet:
          if: .polite
          set: { said: hello }
      - part:
          set: { before: '${ . }' }
    """
    And given the workflow input is:
    """yaml
    polite: false
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    before: { polite: false }
    """
    And part should run first

  Scenario: Exit leaves the inner list, end the whole workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: leaving, version: '1.0.0' }
    do:
      - inner:
          do:
            - early:
                set: { visited: [ early ] }
                then: exit
            - never:
                set: { visited: [ never ] }
      - outer:
          set: { visited: '${ .visited + ["outer"] }' }
          then: end
      - afterwards:
          set: { visited: [ afterwards ] }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    visited: [ early, outer ]
    """
    And inner should run before outer
    And outer should run last

  Scenario: Branches run side by side, their outputs keep the order of the text
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: branches, version: '1.0.0' }
    do:
      - both:
          fork:
            branches:
              - slow:
                  do:
                    - pause: { wait: { milliseconds: 150 } }
                    - tortoise: { set: { name: tortoise } }
              - fast:
                  set: { name: hare }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - name: tortoise
    - name: hare
    """
    And tortoise should run last

  Scenario: The first branch to complete cancels its competitors
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: race, version: '1.0.0' }
    do:
      - race:
          fork:
            compete: true
            branches:
              - sleeper: { wait: { hours: 1 } }
              - runner: { set: { winner: runner } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    winner: runner
    """
    And sleeper should cancel
    And runner should complete

  Scenario: A loop ends when its condition does
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: loop, version: '1.0.0' }
    do:
      - add:
          for: { each: number, in: .numbers, at: place }
          while: .sum < 6
          do:
            - plus:
                set: { numbers: '${ .numbers }', sum: '${ .sum + $number }', last: '${ $place }' }
    """
    And given the workflow input is:
    """yaml
    numbers: [ 1, 2, 3, 4, 5 ]
    sum: 0
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have a 'sum' property with value:
    """yaml
    6
    """
    And the workflow output should have a 'last' property with value:
    """yaml
    2
    """
    And the workflow output should have a 'numbers' property containing 5 items
