# Fills a fresh Request Tracker with queues, custom fields and people: what REST2 cannot do.
# Takes a JSON file; prints each person's auth token, as JSON.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use JSON;
use RT;

RT->LoadConfig;
RT->Init;
require RT::AuthToken;

my $plan = do { open my $file, '<', $ARGV[0] or die $!; local $/; decode_json(<$file>) };

sub made {
    my ($class, %columns) = @_;
    my $object = $class->new(RT->SystemUser);
    my ($done, $why) = $object->Create(%columns);
    die "$class: $why" unless $done;
    return $object;
}

made('RT::Queue', Name => $_) for @{ $plan->{queues} };

for my $field (@{ $plan->{fields} }) {
    my $values = delete $field->{Values};
    my $made = made('RT::CustomField', %$field, LookupType => 'RT::Queue-RT::Ticket');
    $made->AddToObject(RT::Queue->new(RT->SystemUser));
    $made->AddValue(Name => $_) for @{ $values || [] };
}

my %tokens;
for my $person (@{ $plan->{people} }) {
    my $rights = delete $person->{rights};
    my $user = RT::User->new(RT->SystemUser);
    $user->Load($person->{Name});
    $user = made('RT::User', %$person, Privileged => 1) unless $user->Id;
    for my $right (@$rights) {
        my ($name, $queue) = @$right;
        my $object = RT->System;
        if ($queue) {
            $object = RT::Queue->new(RT->SystemUser);
            $object->Load($queue);
        }
        my ($done, $why) = $user->PrincipalObj->GrantRight(Right => $name, Object => $object);
        die "$name: $why" unless $done;
    }
    my $token = RT::AuthToken->new(RT::CurrentUser->new($user->Id));
    my ($done, $why, $text) = $token->Create(Owner => $user->Id, Description => 'test');
    die $why unless $done;
    $tokens{ $user->Name } = $text;
}
print encode_json(\%tokens);
